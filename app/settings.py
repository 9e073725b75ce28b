"""Every setting, from the environment: `PARLEY_…`, and DATABASE_URL and REDIS_URL as usual."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.signin.issuers import IssuerSettings


def _begins_with(*schemes: str) -> AfterValidator:
    """Refuse URLs of other schemes; the URL may hold a password and is not repeated."""

    def check(url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(schemes):
            raise ValueError(f"it is a URL that begins with {' or '.join(schemes)}")
        return url

    return AfterValidator(check)


DatabaseURL: TypeAlias = Annotated[
    SecretStr, _begins_with("postgresql://", "postgres://", "postgresql+asyncpg://")
]
RedisURL: TypeAlias = Annotated[SecretStr, _begins_with("redis://", "rediss://", "unix://")]
_Count: TypeAlias = Annotated[int, Field(ge=0)]
Tiers: TypeAlias = tuple[_Count, _Count, _Count, _Count]


class Settings(BaseSettings):
    """The settings, with their defaults. docs/operations.md lists them; a test compares."""

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_", env_ignore_empty=True, populate_by_name=True
    )

    database_url: DatabaseURL | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "PARLEY_DATABASE_URL"),
        description="PostgreSQL as the application's login. Unset: the embedded server.",
    )
    owner_database_url: DatabaseURL | None = Field(
        default=None,
        description="PostgreSQL as the owner of the tables, for migrations and operators.",
    )
    redis_url: RedisURL | None = Field(
        default=None,
        validation_alias=AliasChoices("REDIS_URL", "PARLEY_REDIS_URL"),
        description="Redis or Valkey. Unset: the embedded Valkey.",
    )
    data_dir: Path | None = Field(
        default=None, description="Where the embedded servers and generated keys are kept."
    )
    signing_key_file: Path | None = Field(
        default=None, description="JWK set that signs tokens. Unset: made in the data directory."
    )
    token_lifetime: int = Field(default=86_400, ge=60, description="Of `parley token`, seconds.")
    access_token_lifetime: int = Field(
        default=900, ge=30, le=3_600, description="Of a session's access token, seconds."
    )
    session_lifetime: int = Field(
        default=2_592_000, ge=300, description="Until one must sign in anew, seconds."
    )
    wallet_session_lifetime: int = Field(
        default=86_400, ge=300, description="The same after signing in with a wallet, seconds."
    )
    invitation_lifetime: int = Field(
        default=604_800, ge=300, description="Until an invitation is worth nothing, seconds."
    )
    issuers: list[IssuerSettings] = Field(
        default_factory=list,
        description="Outside issuers of tokens, as a JSON list; docs/signing-in.md says of what.",
    )
    public_url: str = Field(
        default="http://localhost:8000",
        pattern=r"^https?://[^/?#@\s]+$",
        description="Where clients reach this server: the domain and URI that wallets sign.",
    )
    wallet_chains: list[int] = Field(
        default=[1], description="EIP-155 chains whose accounts may sign in, as a JSON list."
    )
    pool_min: int = Field(default=5, ge=1, description="Connections kept open to PostgreSQL.")
    pool_max: int = Field(
        default=20, ge=2, description="Most connections for reads; as many again write."
    )
    pool_recycle: float = Field(
        default=3_600, gt=0, description="Until a connection is replaced by a new one, seconds."
    )
    command_timeout: float = Field(default=60, gt=0, description="Of one statement, seconds.")
    search_seconds: float = Field(
        default=0.2, gt=0, description="Until a page of a search comes back as far as it is."
    )
    read_timeout: float = Field(
        default=10, gt=0, description="After which PostgreSQL ends a read of a request, seconds."
    )
    replica_urls: list[DatabaseURL] = Field(
        default_factory=list,
        description="PostgreSQL's replicas as the application's login, as a JSON list:"
        " queries read them.",
    )
    replica_max_lag: float = Field(
        default=10,
        gt=0,
        description="A replica that lacks what was written so long ago is not read, seconds.",
    )
    max_body_bytes: int = Field(
        default=16_777_216,
        ge=1_024,
        description="Of a request without uploads: 100,000 recipients with variables of their own"
        " have about 12 MB.",
    )
    max_message_length: int = Field(default=65_536, ge=1, description="Of a message, characters.")
    max_ciphertext_bytes: int = Field(
        default=262_144, ge=1, description="Of an encrypted message, before base64."
    )
    max_public_key_bytes: int = Field(
        default=4_096, ge=1, description="Of a public key, before base64."
    )
    max_public_keys: int = Field(
        default=20, ge=1, description="Public keys of one user that are not revoked."
    )
    max_public_key_history: int = Field(
        default=1_000, ge=1, description="Public keys of one user, the revoked ones among them."
    )
    max_document_bytes: int = Field(default=65_536, ge=256, description="Of a GraphQL document.")
    max_tokens: int = Field(default=10_000, ge=10, description="Of a GraphQL document.")
    max_depth: int = Field(default=15, ge=1, description="Of nested fields.")
    max_aliases: int = Field(default=100, ge=0, description="Aliases in one document.")
    max_directives: int = Field(default=100, ge=0, description="Directives in one document.")
    max_fields: int = Field(
        default=10_000, ge=1, description="Fields of one document, its fragments unfolded."
    )
    max_cost: int = Field(
        default=50_000, ge=1, description="Of one operation, computed before it runs."
    )
    viewer_cost_per_minute: int = Field(
        default=20_000_000, ge=1, description="What one user's operations may cost a minute."
    )
    tenant_cost_per_minute: int = Field(
        default=100_000_000, ge=1, description="What one tenant's operations may cost a minute."
    )
    address_cost_per_minute: int = Field(
        default=100_000_000, ge=1, description="What operations from one address may cost a minute."
    )
    max_recipients: int = Field(
        default=100_000, ge=1, description="Recipients that one schedule may name."
    )
    schedules_per_minute: int = Field(
        default=100, ge=1, description="Schedules that one user may create a minute."
    )
    persisted_queries: bool = Field(
        default=True, description="Whether clients may send a document once and its hash then."
    )
    persisted_query_lifetime: int = Field(
        default=86_400, ge=60, description="Until a persisted document is forgotten, seconds."
    )
    max_persisted_queries: int = Field(
        default=1_000, ge=1, description="Persisted documents that Redis keeps."
    )
    trusted_documents: Path | None = Field(
        default=None,
        description="JSON file of the only documents that run, by their SHA-256. Unset: any runs.",
    )
    max_multipart_bytes: int = Field(
        default=67_108_864, ge=1_024, description="Of a request with uploads to /graphql."
    )
    max_multipart_files: int = Field(default=10, ge=0, description="Uploads in one such request.")
    max_frame_bytes: int = Field(
        default=131_072, ge=1_024, description="Of one frame that a socket receives."
    )
    max_subscriptions: int = Field(default=100, ge=1, description="Operations on one socket.")
    max_sockets: int = Field(default=20_000, ge=1, description="Sockets of one process.")
    max_sockets_per_viewer: int = Field(
        default=50, ge=1, description="Sockets of one user in one process."
    )
    send_queue: int = Field(default=512, ge=1, description="Frames that may wait for one socket.")
    event_retention_days: int = Field(
        default=7, ge=1, le=3_650, description="How long clients that were away can catch up."
    )
    shadow_share: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Part of the shared results of subscriptions that is made again for one"
        " subscriber alone, compared, and logged with both texts if it is not the same.",
    )
    send_queue_bytes: int = Field(
        default=524_288, ge=1_024, description="Bytes that may wait for one socket."
    )
    connection_init_seconds: float = Field(
        default=5, gt=0, description="How long a new socket may take to sign in."
    )
    ping_interval_seconds: float = Field(
        default=25, gt=0, description="Between two pings of a socket."
    )
    pong_timeout_seconds: float = Field(
        default=20, gt=0, description="How long a client may take to answer a ping."
    )
    close_seconds: float = Field(
        default=5, gt=0, description="How long a client may take to read why it is cut off."
    )
    stall_seconds: float = Field(
        default=15, gt=0, description="How long a client may take to read what waits for it."
    )
    keep_alive_seconds: float = Field(
        default=15, gt=0, description="Longest silence of an event stream."
    )
    drain_seconds: float = Field(default=10, ge=0, description="From SIGTERM to the last socket.")
    store_dir: Path | None = Field(
        default=None,
        description="Where uploads and media are kept, shared by all processes."
        " Unset: in the data directory.",
    )
    media_url: str | None = Field(
        default=None,
        description="A bucket for media, such as `s3://bucket/path`."
        " Unset: in the store directory.",
    )
    max_upload_bytes: int = Field(
        default=8_589_934_592, ge=1_024, description="Of an archive that is uploaded."
    )
    deliveries_at_once: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Messages that one worker has in its hands at the same time; above 400 it"
        " claims a quarter of them at once, else 100 at most.",
    )
    imports_at_once: int = Field(
        default=2, ge=1, description="Archives that one worker imports at the same time."
    )
    secret_keys: SecretStr | None = Field(
        default=None,
        description="Keys that encrypt the secrets of devices: 32 bytes each in Base64, separated"
        " by commas. The first encrypts, all decrypt. Unset: devices have no secrets.",
    )
    whatsapp_url: str = Field(
        default="https://graph.facebook.com",
        pattern=r"^https?://[^/?#@\s]+$",
        description="The WhatsApp Cloud API.",
    )
    whatsapp_version: str = Field(
        default="v26.0", pattern=r"^v\d+\.\d+$", description="Of the Graph API."
    )
    internal_addresses: bool = Field(
        default=False, description="Whether HTTP devices may post to internal networks."
    )
    rate_critical: int = Field(
        default=200, ge=0, description="CRITICAL messages a minute and device; 0: no limit."
    )
    rate_high: int = Field(default=100, ge=0, description="The same of HIGH.")
    rate_normal: int = Field(default=60, ge=0, description="The same of NORMAL.")
    rate_low: int = Field(default=30, ge=0, description="The same of LOW.")
    tenant_rate: int = Field(
        default=0, ge=0, description="Messages a minute and tenant, of all devices; 0: no limit."
    )
    system_rate: int = Field(
        default=0, ge=0, description="Messages a minute of the whole system; 0: no limit."
    )
    tenant_tiers: Tiers = Field(
        default=(0, 0, 0, 0),
        description="Messages a minute and tenant of CRITICAL, HIGH, NORMAL and LOW, of all"
        " devices, as a JSON list such as `[200, 100, 60, 30]`; 0: no limit.",
    )
    system_tiers: Tiers = Field(default=(0, 0, 0, 0), description="The same of the whole system.")
    worker: bool = Field(
        default=True, description="Whether `parley serve` sends what is due beside the API."
    )
    demo: bool = Field(
        default=False,
        description="Whether the pages that are served are signed in for this machine's users.",
    )
    introspection: bool = Field(
        default=False,
        description="Whether clients may ask for the schema, and be helped by suggestions;"
        " `--demo` turns it on.",
    )
    allowed_origins: list[str] = Field(
        default_factory=list, description="Origins of browsers besides our own, as a JSON list."
    )
    log_format: Literal["console", "json"] = Field(default="console", description="Of the log.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="What is logged: this and worse."
    )
