"""What a resolver is given: who asks, and the things it may use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateways.outlets import OutletMaker
from models.base import now
from models.database import Database, Reader
from models.tenants import Role
from realtime.hub import Hub
from realtime.posts import Posts
from realtime.presence import Presence
from realtime.revocation import Holder
from realtime.unit_of_work import Bell
from resolvers.errors import Code, ParleyError, ViewerAsked
from resolvers.identity.means import SignIn
from resolvers.limits import Limits
from resolvers.loaders import Loaders
from resolvers.loaders.shared import SharedLoaders
from resolvers.sockets import Connections, NoConnections
from resolvers.uploads import Discard, Uploads, discard_nothing

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in, in which tenant, with which role, until when (None: for good).

    By a session or an API key, if by either; `address` is where the request came from.
    `account` is the user in one word, by which counts and positions are kept.
    """

    tenant_id: UUID
    user_id: UUID
    role: Role
    expires_at: datetime | None = None
    session_id: UUID | None = None
    key_id: UUID | None = None
    read_only: bool = False
    address: str | None = None
    account: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        account = f"{self.tenant_id.hex}:{self.user_id.hex}"
        object.__setattr__(self, "account", account)

    @property
    def holder(self) -> Holder:
        """Whose credential signed the viewer in."""
        return Holder(self.tenant_id, self.user_id, self.session_id, self.key_id)

    def require(self, role: Role) -> None:
        """Raise FORBIDDEN unless the viewer's role includes `role`."""
        if not self.role.may_act_as(role):
            raise ParleyError(
                Code.FORBIDDEN, f"This needs the role {role.value}; yours is {self.role.value}."
            )

    def require_person(self, role: Role) -> None:
        """Like `require`, and FORBIDDEN to API keys: a leaked key must not make itself at home."""
        self.require(role)
        if self.key_id is not None:
            raise ParleyError(Code.FORBIDDEN, "An API key may not do this; sign in as a person.")


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who has not signed in, and may only do that."""

    address: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """All at once who may see a conversation: what is the same for each of them is read so."""

    tenant_id: UUID
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Services:
    """What lives as long as the process."""

    database: Database
    bell: Bell
    hub: Hub
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = now
    signing: SignIn | None = None
    uploads: Uploads | None = None
    presence: Presence | None = None
    outlet_maker: OutletMaker | None = None
    connections: Connections = field(default_factory=NoConnections)
    discard: Discard = discard_nothing
    posts: Posts = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "posts", Posts(self.database, self.bell))

    @property
    def presences(self) -> Presence:
        """Who is here and who types, which a process that serves clients knows."""
        assert self.presence is not None, "made without presence"
        return self.presence

    @property
    def outlets(self) -> OutletMaker:
        """What makes the outlets of devices, which a process that serves clients has."""
        assert self.outlet_maker is not None, "made without outlets"
        return self.outlet_maker

    @property
    def files(self) -> Uploads:
        """Where uploaded archives wait, which a process that serves clients has."""
        assert self.uploads is not None, "made without a folder for uploads"
        return self.uploads

    @property
    def sign_in(self) -> SignIn:
        """The means of signing in, which a process that serves clients has."""
        assert self.signing is not None, "made without the means of signing in"
        return self.signing


@dataclass(frozen=True, slots=True)
class Context:
    """One operation's dependencies. Loaders cache, so each operation has its own.

    A stranger reads as nobody, of a tenant that does not exist. An audience has no viewer.
    """

    behalf: Viewer | Stranger | Audience
    services: Services
    read: Reader
    loaders: Loaders
    # The cursor of the last event that a returning client has read, where its transport says so.
    last_event: str | None = None

    @classmethod
    def of(
        cls, behalf: Viewer | Stranger | Audience, services: Services, last_event: str | None = None
    ) -> "Context":
        """A context for one operation on somebody's behalf."""
        if isinstance(behalf, Audience):
            read = services.database.reader(behalf.tenant_id)
            return cls(behalf, services, read, SharedLoaders(read, behalf.conversation_id))
        if isinstance(behalf, Viewer):
            tenant_id, user_id = behalf.tenant_id, behalf.user_id
        else:
            tenant_id, user_id = NOBODY, NOBODY
        read = services.database.reader(tenant_id)
        return cls(behalf, services, read, Loaders(read, user_id), last_event)

    def anew(self) -> "Context":
        """A context of the same for another operation: it has read nothing yet."""
        return self.of(self.behalf, self.services, self.last_event)

    @property
    def asker(self) -> Viewer | Stranger:
        """Who asks. Raises ViewerAsked for an audience."""
        if isinstance(self.behalf, Audience):
            raise ViewerAsked
        return self.behalf

    @property
    def viewer(self) -> Viewer:
        """Who is signed in. Raises UNAUTHENTICATED for a stranger, ViewerAsked for an audience."""
        behalf = self.behalf
        if isinstance(behalf, Viewer):
            return behalf
        if isinstance(behalf, Audience):
            raise ViewerAsked
        raise ParleyError(
            Code.UNAUTHENTICATED, "Sign in: send the header Authorization: Bearer <token>."
        )
