"""A seeded tenant to search in: many messages over three years, in several languages.

Each month's messages are copied straight into its partition, with every index in place. Words are
drawn as in speech (few often, many seldom); each conversation has its language and its people, and
one conversation has a good part of all messages.
"""

import itertools
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from models.base import now
from models.ids import new_id

FIRST_MONTH = datetime(2023, 11, 1, tzinfo=UTC)
MONTHS = 36
VOCABULARY = 40_000
CONVERSATIONS = 3_000
BIG_SHARE = 0.06
"""The part of all messages that is in the largest conversation."""
BATCH = 20_000

_SYLLABLES = {
    "latin": "ba de ki lo mu na pe ri so ta ven gar mil tor sel pra chi lam bor nes quin dor",
    "accented": "çã é ñi lö mü ná pê rí sø tå ven går mil tör sél prä chi lám bór nés quín dór",
    "cyrillic": "ба де ки ло му на пе ри со та вен гар мил тор сел пра чи лам бор нес дор ё",
    "arabic": "با در كي لو مو نا بي ري سو تا فن غار ميل طور سل برا شي لام بور نس",
    "chinese": "的 一 是 不 了 人 我 在 有 他 这 中 大 来 上 国 个 到 说 们 为"
    " 子 和 你 地 出 道 也 时 年 得 就 那 要 下 以 生 会 自 着 去 之 过 家 学"
    " 对 可 她 里 后 小 么 心 多 天 而 能 好 都 然 没 日 于 起 还",
}
_SHARES = {"latin": 50, "accented": 20, "cyrillic": 12, "arabic": 6, "chinese": 12}
_NUMBER = "split_part(title, ' ', 2)::int"
"""The place of a conversation among those that were made, for ids of one millisecond have none."""
COLUMNS = ("tenant_id", "id", "sent_at", "conversation_id", "sender_id", "seq", "kind", "body")
_KINDS = ["TEXT"] * 46 + ["IMAGE", "IMAGE", "DOCUMENT", "AUDIO"]


@dataclass(frozen=True)
class Language:
    """Words, the most frequent first, and how they are written one after the other."""

    words: list[str]
    weights: list[float]
    space: str


@dataclass
class Tenant:
    """What was made: who may look, and in what."""

    id: UUID
    user: UUID
    languages: dict[str, Language]
    conversations: list[UUID] = field(default_factory=list)
    people: list[list[UUID]] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)


def make_languages(seed: int = 5) -> dict[str, Language]:
    """The vocabularies, always the same for a seed."""
    return {name: _language(name, random.Random(f"{seed} {name}")) for name in _SYLLABLES}


def _language(name: str, rng: random.Random) -> Language:
    syllables = _SYLLABLES[name].split()
    unspaced = name == "chinese"
    words: dict[str, None] = dict.fromkeys(syllables) if unspaced else {}
    while len(words) < VOCABULARY:
        length = rng.choice((1, 2, 2)) if unspaced else rng.choice((1, 2, 2, 3, 3, 4))
        words["".join(rng.choices(syllables, k=length))] = None
        if unspaced and len(words) >= 4_000:
            break
    ranked = list(words)
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(ranked))))
    return Language(ranked, weights, "" if unspaced else " ")


async def make_tenant(owner: asyncpg.Connection, seed: int = 5) -> Tenant:
    """A tenant with one user, and its conversations and people; no messages yet."""
    rng = random.Random(seed)
    tenant = Tenant(new_id(), new_id(), make_languages(seed))
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, 'searched', 'Searched', $2)",
        tenant.id,
        now(),
    )
    await owner.execute(
        "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
        " VALUES ($1, $2, 'ana', 'Ana', 'AGENT', $3)",
        tenant.user,
        tenant.id,
        now(),
    )
    names = list(_SHARES)
    conversations, participants = [], []
    for number in range(CONVERSATIONS):
        key = new_id()
        tenant.conversations.append(key)
        (spoken,) = rng.choices(names, list(_SHARES.values()))
        tenant.spoken.append("latin" if number == 0 else spoken)
        conversations.append(
            (
                *(tenant.id, key, FIRST_MONTH, f"Conversation {number}", "GROUP", "TENANT"),
                *(0, 0, 0, now()),
            )
        )
        people = [new_id() for _ in range(rng.randint(2, 12))]
        tenant.people.append(people)
        participants.extend(
            (tenant.id, person, FIRST_MONTH, key, *[f"Person {number} {place}"] * 2)
            for place, person in enumerate(people)
        )
    await owner.copy_records_to_table(
        "conversations",
        records=conversations,
        columns=(
            *("tenant_id", "id", "created_at", "title", "kind", "visibility"),
            *("last_seq", "message_count", "live_count", "last_activity_at"),
        ),
    )
    await owner.copy_records_to_table(
        "participants",
        records=participants,
        columns=("tenant_id", "id", "created_at", "conversation_id", "name", "archive_name"),
    )
    return tenant


async def find_tenant(owner: asyncpg.Connection, seed: int = 5) -> Tenant | None:
    """The tenant that an earlier run made; None where there is none."""
    row = await owner.fetchrow(
        "SELECT t.id, u.id AS user_id FROM tenants t JOIN users u ON u.tenant_id = t.id"
        " WHERE t.slug = 'searched'"
    )
    if row is None:
        return None
    tenant = Tenant(row["id"], row["user_id"], make_languages(seed))
    found = await owner.fetch(
        f"SELECT id FROM conversations WHERE tenant_id = $1 ORDER BY {_NUMBER}", tenant.id
    )
    tenant.conversations = [each["id"] for each in found]
    people = await owner.fetch(
        "SELECT array_agg(p.id ORDER BY split_part(p.name, ' ', 3)::int) AS ids"
        " FROM participants p JOIN conversations c ON c.id = p.conversation_id"
        f" WHERE p.tenant_id = $1 GROUP BY c.id ORDER BY {_NUMBER}",
        tenant.id,
    )
    tenant.people = [each["ids"] for each in people]
    shares = list(_SHARES.values())
    tenant.spoken = random.Random(seed).choices(list(_SHARES), shares, k=len(people))
    return tenant


async def fill(owner: asyncpg.Connection, tenant: Tenant, messages: int, seed: int = 5) -> None:
    """Copy so many messages into the partitions."""
    rng = random.Random(seed)
    last = FIRST_MONTH + timedelta(days=31 * MONTHS)
    await owner.execute("SELECT parley_ensure_message_partitions($1, $2)", FIRST_MONTH, last)
    month = FIRST_MONTH
    for number in range(MONTHS):
        share = messages // MONTHS + (messages % MONTHS if number == 0 else 0)
        following = (month + timedelta(days=32)).replace(day=1)
        rows = rows_of_month(rng, tenant, share, month, following)
        while batch := list(itertools.islice(rows, BATCH)):
            await owner.copy_records_to_table(table_of(month), records=batch, columns=COLUMNS)
        month = following


def table_of(month: datetime) -> str:
    """The partition of a month."""
    return f"messages_y{month:%Y}m{month:%m}"


def rows_of_month(
    rng: random.Random, tenant: Tenant, count: int, first: datetime, last: datetime
) -> Iterator[tuple[object, ...]]:
    """So many messages of the tenant between two times, oldest first, as COLUMNS."""
    start = int(first.timestamp() * 1000)
    length = int((last - first).total_seconds() * 1000)
    times = sorted(rng.randrange(length) for _ in range(count))
    others = len(tenant.conversations) - 1
    for number, offset in enumerate(times):
        place = 0 if rng.random() < BIG_SHARE else 1 + int(others * rng.random() ** 2)
        people = tenant.people[place]
        moment = first + timedelta(milliseconds=offset)
        yield (
            tenant.id,
            _id(rng, start + offset, number),
            moment,
            tenant.conversations[place],
            people[int(len(people) * rng.random() ** 2)],
            1,
            rng.choice(_KINDS),
            _body(rng, tenant.languages[tenant.spoken[place]]),
        )


def _id(rng: random.Random, milliseconds: int, ordinal: int) -> UUID:
    head = (milliseconds << 16) | 0x7000 | (ordinal & 0xFFF)
    return UUID(bytes=struct.pack(">QQ", head, (rng.getrandbits(62)) | (2 << 62)))


def _body(rng: random.Random, language: Language) -> str:
    length = 1 + int(rng.expovariate(1 / 7))
    words = rng.choices(language.words, cum_weights=language.weights, k=min(length, 60))
    return language.space.join(words)
