"""Parameters of the statements that change what belongs to a conversation."""

from sqlalchemy import Uuid, and_, bindparam

from models.base import Timestamp
from models.tables import messages

TENANT = bindparam("tenant_id", type_=Uuid())
USER = bindparam("user_id", type_=Uuid())
CONVERSATION_ID = bindparam("conversation_id", type_=Uuid())
MESSAGE_ID = bindparam("message_id", type_=Uuid())
MOMENT = bindparam("moment", type_=Timestamp)

_SENT_AT = bindparam("sent_at", type_=Timestamp)
IS_GIVEN_MESSAGE = and_(messages.c.id == MESSAGE_ID, messages.c.sent_at == _SENT_AT)
"""Of a message: it has the id, and the time `sent_at`, which names its partition."""
