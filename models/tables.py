"""Every table, as SQLAlchemy Core sees it: for selects of columns rather than objects."""

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from models.audience import Contact, ContactIdentity, GroupMember, RecipientGroup, Template
from models.conversations import Conversation, Participant, ReadPosition
from models.deliveries import Delivery, DeliveryMessage
from models.devices import DeliveryCount, Device, RateBucket, WorkerBeat
from models.encryption import PublicKey
from models.events import Event
from models.hearing import (
    DeliveryReport,
    DeviceThread,
    HeardMessage,
    MediaFetch,
    WebhookCall,
)
from models.identity import (
    ApiKey,
    AuditEntry,
    Invitation,
    RefreshToken,
    Session,
    Wallet,
    WalletNonce,
)
from models.imports import ArchiveImport
from models.messages import Attachment, Bookmark, ClientMessage, Message, Reaction
from models.reading import ConversationLabel, ConversationSettings, Label
from models.receipts import Receipt
from models.schedules import Schedule, ScheduleRecipient
from models.searching import SearchTerm
from models.statistics import ConversationStatistics, ParticipantStatistics, TenantStatistics
from models.tenants import Tenant, User

metadata = SQLModel.metadata


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, vars(model)["__table__"])


tenants = _table(Tenant)
users = _table(User)
conversations = _table(Conversation)
participants = _table(Participant)
read_positions = _table(ReadPosition)
receipts = _table(Receipt)
messages = _table(Message)
client_messages = _table(ClientMessage)
attachments = _table(Attachment)
reactions = _table(Reaction)
bookmarks = _table(Bookmark)
events = _table(Event)
schedules = _table(Schedule)
schedule_recipients = _table(ScheduleRecipient)
deliveries = _table(Delivery)
delivery_messages = _table(DeliveryMessage)
imports = _table(ArchiveImport)
sessions = _table(Session)
refresh_tokens = _table(RefreshToken)
api_keys = _table(ApiKey)
invitations = _table(Invitation)
wallets = _table(Wallet)
wallet_nonces = _table(WalletNonce)
audit = _table(AuditEntry)
public_keys = _table(PublicKey)
contacts = _table(Contact)
contact_identities = _table(ContactIdentity)
recipient_groups = _table(RecipientGroup)
group_members = _table(GroupMember)
templates = _table(Template)
devices = _table(Device)
rate_buckets = _table(RateBucket)
delivery_counts = _table(DeliveryCount)
worker_beats = _table(WorkerBeat)
webhook_calls = _table(WebhookCall)
delivery_reports = _table(DeliveryReport)
device_threads = _table(DeviceThread)
heard_messages = _table(HeardMessage)
media_fetches = _table(MediaFetch)
conversation_settings = _table(ConversationSettings)
labels = _table(Label)
conversation_labels = _table(ConversationLabel)
conversation_statistics = _table(ConversationStatistics)
participant_statistics = _table(ParticipantStatistics)
tenant_statistics = _table(TenantStatistics)
search_terms = _table(SearchTerm)
