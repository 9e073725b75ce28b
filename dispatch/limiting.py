"""Taking deliveries that rates bound: what is taken and what it uses up is one transaction.

Exact with any number of workers: who takes from a device holds its row meanwhile, and who uses up
a rate of a tenant or of the whole system holds its bucket. Others pass a held device over.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dispatch.claiming import Claim, claim_these, lock_heads
from dispatch.lanes import Lane
from dispatch.rates import HOUR, MINUTE, Rate, available, charged
from models.database import Row, ScopedConnection
from models.deliveries import NO_DEVICE
from models.device_limits import TIERS, DeviceLimits
from models.devices import WHOLE_SYSTEM

NO_TIERS = (0, 0, 0, 0)
# How often a batch looks further behind messages whose recipients may not get them yet.
LOOKS = 5

_LOCK_DEVICES = """
SELECT d.id FROM devices AS d
WHERE d.tenant_id = $1 AND d.id = ANY ($2) AND d.state IN ('CONNECTED', 'INTERRUPTED')
    AND coalesce(d.paused_until <= $3, true)
ORDER BY d.id FOR NO KEY UPDATE SKIP LOCKED
"""
_COUNT_CALLS = """
SELECT device_id, count(*) AS calls FROM deliveries
WHERE tenant_id = $1 AND status = 'SENDING' AND device_id = ANY ($2) GROUP BY device_id
"""
_MAKE_BUCKETS = """
INSERT INTO rate_buckets (tenant_id, key, ready_at)
SELECT b.tenant_id, b.key, '-infinity' FROM unnest($1::uuid[], $2::text[]) AS b (tenant_id, key)
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_LOCK_BUCKETS = """
SELECT b.tenant_id, b.key, nullif(b.ready_at, '-infinity') AS ready_at FROM rate_buckets AS b
WHERE (b.tenant_id, b.key) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
ORDER BY 1, 2 FOR NO KEY UPDATE
"""
_CHARGE = """
INSERT INTO rate_buckets (tenant_id, key, ready_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
ON CONFLICT (tenant_id, key) DO UPDATE SET ready_at = excluded.ready_at
"""
_POSTPONE = """
UPDATE deliveries AS d SET due_at = p.due_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS p (id, due_at) WHERE d.id = p.id
"""


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """Messages a minute: for devices without rates of their own, for each tenant, and of the whole
    system; 0: no limit. `…tiers` are by priority, the most urgent first; the others are of all.
    """

    tiers: tuple[int, ...] = TIERS
    tenant: int = 0
    system: int = 0
    tenant_tiers: tuple[int, ...] = NO_TIERS
    system_tiers: tuple[int, ...] = NO_TIERS

    @property
    def bounds_everything(self) -> bool:
        """Whether there are rates beyond those of devices."""
        return any((self.tenant, self.system, *self.tenant_tiers, *self.system_tiers))


@dataclass(frozen=True, slots=True)
class Key:
    """Names a bucket."""

    tenant_id: UUID
    name: str


@dataclass(slots=True)
class Buckets:
    """The buckets of one transaction: what they leave room for, and what was taken from them."""

    now: datetime
    ready: dict[Key, datetime | None] = field(default_factory=dict)
    used: dict[Key, datetime] = field(default_factory=dict)

    def room(self, rates: Mapping[Key, Rate]) -> int | None:
        """How many messages conform to all of these rates; None: any number."""
        rooms = (available(rate, self._ready(key), self.now) for key, rate in rates.items())
        return min(rooms, default=None)

    def charge(self, rates: Mapping[Key, Rate], count: int) -> None:
        """Use up what `count` messages need."""
        if count:
            for key, rate in rates.items():
                self.used[key] = charged(rate, self._ready(key), self.now, count)

    def ready_at(self, key: Key) -> datetime:
        """When the next message of a bucket conforms."""
        return self._ready(key) or self.now

    def _ready(self, key: Key) -> datetime | None:
        return self.used.get(key) or self.ready.get(key)


async def claim_limited(
    connection: ScopedConnection,
    wanted: Mapping[Lane, int],
    policy: RatePolicy,
    now: datetime,
    lease_until: datetime,
) -> list[Claim]:
    """Take at most what is wanted of each lane, and no more than all rates leave room for.

    What one recipient may not get yet is put off until then, so that it holds up nobody else.
    Runs in a transaction of the caller's.
    """
    tenant_id = connection.tenant_id
    assert tenant_id is not None, "the connection is scoped"
    held = await _hold_devices(connection, wanted, now)
    lanes = [lane for lane in wanted if lane.device_id in held]
    rates = {lane: _rates(lane, policy, tenant_id) for lane in lanes}
    keys = {key for of_lane in rates.values() for key in of_lane}
    buckets = Buckets(now, await _lock(connection, keys))
    room = _rooms({lane: wanted[lane] for lane in lanes}, rates, buckets, held)
    claims: list[Claim] = []
    for _ in range(LOOKS):
        heads = await lock_heads(connection, room, now) if room else []
        kept = await _without_early(connection, heads, lanes, buckets)
        claims += await claim_these(connection, [row["id"] for row in kept], now, lease_until)
        if len(kept) == len(heads):
            break
        room = _left(room, kept)
    _charge_all(claims, rates, buckets)
    await _write(connection, buckets)
    return claims


async def _hold_devices(
    connection: ScopedConnection, lanes: Iterable[Lane], now: datetime
) -> dict[UUID, int]:
    """The devices of the lanes that nobody else is taking from, with their calls under way."""
    ids = list({lane.device_id for lane in lanes} - {NO_DEVICE})
    tenant_id = connection.tenant_id
    rows = await connection.fetch(_LOCK_DEVICES, tenant_id, ids, now) if ids else []
    calls = await connection.fetch(_COUNT_CALLS, tenant_id, ids) if rows else []
    known = {row["device_id"]: row["calls"] for row in calls}
    return {NO_DEVICE: 0} | {row["id"]: known.get(row["id"], 0) for row in rows}


def _rates(lane: Lane, policy: RatePolicy, tenant_id: UUID) -> dict[Key, Rate]:
    """The rates that a message of the lane has to conform to."""
    tier = lane.priority
    bounds = (
        (Key(tenant_id, f"{lane.device_id}/{tier}"), lane.limits.tiers[tier], MINUTE),
        (Key(tenant_id, f"{lane.device_id}/hour"), lane.limits.per_hour, HOUR),
        (Key(tenant_id, f"tenant/{tier}"), policy.tenant_tiers[tier], MINUTE),
        (Key(tenant_id, "tenant"), policy.tenant, MINUTE),
        (Key(WHOLE_SYSTEM, f"system/{tier}"), policy.system_tiers[tier], MINUTE),
        (Key(WHOLE_SYSTEM, "system"), policy.system, MINUTE),
    )
    return {key: Rate.of(count, period) for key, count, period in bounds if count}


def _rooms(
    wanted: Mapping[Lane, int],
    rates: Mapping[Lane, Mapping[Key, Rate]],
    buckets: Buckets,
    calls: Mapping[UUID, int],
) -> dict[Lane, int]:
    """What each lane may take, one after the other; each leaves so much less to the next."""
    trial = Buckets(buckets.now, buckets.ready)
    busy = dict(calls)
    rooms: dict[Lane, int] = {}
    for lane, count in wanted.items():
        most = 1 if lane.on_trial else lane.limits.at_once
        bounds = [count, trial.room(rates[lane]), most - busy[lane.device_id] if most else None]
        room = max(0, min(bound for bound in bounds if bound is not None))
        if room:
            rooms[lane] = room
            busy[lane.device_id] += room
            trial.charge(rates[lane], room)
    return rooms


async def _without_early(
    connection: ScopedConnection, heads: Sequence[Row], lanes: Sequence[Lane], buckets: Buckets
) -> list[Row]:
    """Those whose recipient may get a message now. The others become due when theirs may."""
    limits = {lane.device_id: lane.limits for lane in lanes}
    pairs = {
        row["id"]: _pair(row, limits[row["device_id"]])
        for row in heads
        if row["device_id"] is not None and limits[row["device_id"]].pair_per_minute
    }
    buckets.ready |= await _read(connection, {key for key, _ in pairs.values()})
    kept: list[Row] = []
    later: dict[UUID, datetime] = {}
    waiting: Counter[Key] = Counter()
    for row in heads:
        if row["id"] not in pairs:
            kept.append(row)
            continue
        key, rate = pairs[row["id"]]
        if buckets.room({key: rate}):
            buckets.charge({key: rate}, 1)
            kept.append(row)
        else:
            later[row["id"]] = buckets.ready_at(key) + rate.interval * waiting[key]
            waiting[key] += 1
    if later:
        await connection.execute(_POSTPONE, list(later), list(later.values()))
    return kept


def _left(room: Mapping[Lane, int], taken: Sequence[Row]) -> dict[Lane, int]:
    """What room each lane has left."""
    counts = Counter((row["device_id"] or NO_DEVICE, row["priority"]) for row in taken)
    left = {lane: count - counts[lane.device_id, lane.priority] for lane, count in room.items()}
    return {lane: count for lane, count in left.items() if count}


def _pair(row: Row, limits: DeviceLimits) -> tuple[Key, Rate]:
    """The bucket of a device's messages to one recipient."""
    key = Key(row["tenant_id"], f"{row['device_id']}>{row['recipient']}")
    return key, Rate.of(limits.pair_per_minute, MINUTE, limits.pair_burst)


def _charge_all(
    claims: Sequence[Claim], rates: Mapping[Lane, Mapping[Key, Rate]], buckets: Buckets
) -> None:
    taken = Counter((claim.outgoing.device_id or NO_DEVICE, claim.priority) for claim in claims)
    for lane, of_lane in rates.items():
        buckets.charge(of_lane, taken[lane.device_id, lane.priority])


async def _lock(connection: ScopedConnection, keys: Iterable[Key]) -> dict[Key, datetime | None]:
    columns = _columns(keys)
    if not columns[0]:
        return {}
    await connection.execute(_MAKE_BUCKETS, *columns)
    return _ready(await connection.fetch(_LOCK_BUCKETS, *columns))


async def _read(connection: ScopedConnection, keys: set[Key]) -> dict[Key, datetime | None]:
    """The buckets of pairs, which the lock on their device guards; they are made when used."""
    unused: dict[Key, datetime | None] = dict.fromkeys(keys)
    return unused | _ready(await connection.fetch(_LOCK_BUCKETS, *_columns(keys))) if keys else {}


async def _write(connection: ScopedConnection, buckets: Buckets) -> None:
    if buckets.used:
        columns = _columns(buckets.used)
        await connection.execute(_CHARGE, *columns, list(buckets.used.values()))


def _columns(keys: Iterable[Key]) -> tuple[list[UUID], list[str]]:
    listed = list(keys)
    return [key.tenant_id for key in listed], [key.name for key in listed]


def _ready(rows: Sequence[Row]) -> dict[Key, datetime | None]:
    return {Key(row["tenant_id"], row["key"]): row["ready_at"] for row in rows}
