"""What contacts, groups and templates cost at 100,000 contacts in one group: about two minutes.

python -m benchmarks.audience [--contacts 100000]
"""

import argparse
import asyncio
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from analysis.templates import Addressee, Variable, compile_template
from app.embedded import EmbeddedServers
from app.seed import ensure_user
from benchmarks.own_servers import own_servers
from dispatch.recipients import end_of_piece, recipients_between
from models.audience import VariableType
from models.database import Database
from models.devices import DeviceKind
from models.schedules import Audience
from models.tenants import Role
from realtime.bus import Bus
from realtime.hub import Hub
from resolvers.contact_import import import_contacts
from resolvers.contact_rows import rows_of_csv
from resolvers.contacts import ContactFilter, count_contacts, list_contacts
from resolvers.context import Context, Services, Viewer
from resolvers.paging import page_request
from resolvers.recipient_groups import create_group

CALL = 10_000
PIECE = 5_000
ROUNDS = 20
BODY = "Hello {{contact.name}}, {{amount}} is due {{due}} in {{contact.city|your town}}."


def csv(first: int) -> str:
    """10,000 contacts with two identities and a field each."""
    rows = (f"Person {n},+346{n:08},p{n}@example.org,Porto" for n in range(first, first + CALL))
    return "name,phone,email,city\n" + "\n".join(rows)


@asynccontextmanager
async def running(servers: EmbeddedServers) -> AsyncIterator[tuple[Services, Viewer]]:
    """What a process has, and an agent of a fresh tenant."""
    viewer = await ensure_user(servers.database_url, "bench", "ana", Role.AGENT)
    database = Database(servers.url_for("parley"), pool_min=1, pool_max=2)
    bus = Bus(servers.redis_url)
    await database.connect()
    await bus.connect()
    yield Services(database, bus, Hub(database, bus)), viewer
    await bus.close()
    await database.close()


async def fill(context: Context, contacts: int) -> UUID:
    """Bring the contacts in, and all of them into one group; once more for those that are known."""
    group: UUID = (await create_group(context, "all", "", ())).id
    started = time.perf_counter()
    for first in range(0, contacts, CALL):
        await import_contacts(context, rows_of_csv(csv(first), None), group)
    seconds = time.perf_counter() - started
    print(f"imported: {contacts / seconds * 60:,.0f} new contacts a minute")
    started = time.perf_counter()
    await import_contacts(context, rows_of_csv(csv(0), None), group)
    seconds = time.perf_counter() - started
    print(f"imported: {CALL / seconds * 60:,.0f} known contacts a minute")
    return group


async def read_group(services: Services, viewer: Viewer, group: UUID) -> None:
    """Ask for everybody in the group as a schedule that fires does."""
    schedule: Any = SimpleNamespace(
        audience=Audience.GROUP, recipient_group_id=group, device_kind=DeviceKind.WHATSAPP_CLOUD
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, read, after = time.perf_counter(), 0, None
    while True:
        async with services.database.transaction(viewer.tenant_id) as session:
            through = await end_of_piece(session, schedule, after, PIECE)
            rows = await recipients_between(session, schedule, after, through)
        if not rows:
            break
        read, after = read + len(rows), rows[-1].key
    seconds = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"group: {read / seconds:,.0f} recipients/s, {grown:.0f} MB more memory at most")


async def look(context: Context, group: UUID) -> None:
    """Lists of contacts, as clients ask for them."""
    for wanted in (
        ContactFilter(),
        ContactFilter(search="person 99"),
        ContactFilter(search="nobody"),
        ContactFilter(search="+346000"),
        ContactFilter(group_id=group),
    ):
        page = await median(lambda wanted=wanted: list_contacts(context, page_request(50), wanted))
        count = await median(lambda wanted=wanted: count_contacts(context, wanted))
        name = wanted.search or ("of the group" if wanted.group_id else "all")
        print(f"contacts, {name}: a page {page:.1f} ms, counted {count:.1f} ms")


async def median(ask: Callable[[], Awaitable[object]]) -> float:
    """The middle of some runs, in milliseconds."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[ROUNDS // 2] * 1_000


def render(recipients: int) -> None:
    """A template for recipients who each have a value of their own."""
    variables = [Variable("amount", VariableType.CURRENCY), Variable("due", VariableType.DATETIME)]
    bound = compile_template(BODY, variables, "de").bind(
        {"due": "2026-03-05T14:30:00+01:00"}, ZoneInfo("Europe/Madrid"), later=["amount"]
    )
    ana = Addressee("Ana", {"city": "Porto"}, ZoneInfo("Europe/Lisbon"))
    own = {"amount": {"amount": "1234.5", "currency": "EUR"}}
    started = time.perf_counter()
    for _ in range(recipients):
        bound.render(ana, own)
    print(f"templates: {(time.perf_counter() - started) / recipients * 1e6:.1f} µs a recipient")


async def measure(servers: EmbeddedServers, contacts: int) -> None:
    """All of it, one after the other."""
    async with running(servers) as (services, viewer):
        group = await fill(Context.of(viewer, services), contacts)
        await read_group(services, viewer, group)
        await look(Context.of(viewer, services), group)
    render(contacts)


def main() -> None:
    """Measure in servers of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    arguments = parser.parse_args()
    with own_servers("audience") as (_, servers):
        asyncio.run(measure(servers, arguments.contacts))


if __name__ == "__main__":
    main()
