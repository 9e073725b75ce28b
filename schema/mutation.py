"""The root of mutations: what each noun offers."""

import strawberry

from schema.mutations.api_keys import ApiKeyMutations
from schema.mutations.connections import ConnectionMutations
from schema.mutations.contact_import import ContactImportMutations
from schema.mutations.contacts import ContactMutations
from schema.mutations.conversations import ConversationMutations
from schema.mutations.deliveries import DeliveryMutations
from schema.mutations.devices import DeviceMutations
from schema.mutations.imports import ImportMutations
from schema.mutations.labels import LabelMutations
from schema.mutations.members import MemberMutations
from schema.mutations.messages import MessageMutations
from schema.mutations.participants import ParticipantMutations
from schema.mutations.presence import PresenceMutations
from schema.mutations.public_keys import PublicKeyMutations
from schema.mutations.reading import ReadingMutations
from schema.mutations.recipient_groups import RecipientGroupMutations
from schema.mutations.schedules import ScheduleMutations
from schema.mutations.sessions import SessionMutations
from schema.mutations.templates import TemplateMutations
from schema.mutations.wallets import WalletMutations


@strawberry.type
class Mutation(
    ConversationMutations,
    ReadingMutations,
    LabelMutations,
    MessageMutations,
    ScheduleMutations,
    DeliveryMutations,
    SessionMutations,
    WalletMutations,
    ApiKeyMutations,
    MemberMutations,
    PublicKeyMutations,
    ImportMutations,
    ParticipantMutations,
    PresenceMutations,
    ConnectionMutations,
    DeviceMutations,
    ContactMutations,
    ContactImportMutations,
    RecipientGroupMutations,
    TemplateMutations,
):
    """Each takes one `input`, and gives the changed thing and `userErrors`."""
