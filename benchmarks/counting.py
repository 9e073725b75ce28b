"""How long it takes to count one long conversation, and how much memory: a minute or two.

python -m benchmarks.counting [--messages 300000]
"""

import argparse
import asyncio
import resource
import time

import asyncpg

from app.embedded import EmbeddedServers
from benchmarks.own_servers import own_servers
from models.database import Database
from resolvers.statistics.counting import count_what_is_due

FILL = (
    "INSERT INTO tenants (id, slug, name, created_at) VALUES (gen_random_uuid(), 'x', 'x', now())",
    """
    INSERT INTO conversations (tenant_id, id, created_at, title, kind, visibility, last_seq,
        message_count, live_count, last_activity_at)
    SELECT id, gen_random_uuid(), now(), 'long', 'GROUP', 'TENANT', 1, 0, 0, now() FROM tenants
    """,
    """
    INSERT INTO participants (tenant_id, id, created_at, conversation_id, name, archive_name)
    SELECT tenant_id, gen_random_uuid(), now(), id, n::text, n::text
    FROM conversations, generate_series(1, 20) n
    """,
    "SELECT parley_ensure_message_partitions('2023-01-01', '2026-01-01')",
    """
    INSERT INTO messages (tenant_id, id, sent_at, conversation_id, sender_id, seq, kind, body,
        import_id)
    SELECT c.tenant_id, gen_random_uuid(), '2023-01-01'::timestamptz + n * interval '5 minutes',
        c.id, people[1 + (random() * 19)::integer], n, 'TEXT',
        'some words ' || md5((n % 50000)::text) || ' and others 🔥', gen_random_uuid()
    FROM conversations c, (SELECT array_agg(id) AS people FROM participants) p,
        generate_series(1, {messages}) n
    """,
    "ANALYZE",
)


async def measure(servers: EmbeddedServers, messages: int) -> None:
    """Fill a database, and count it."""
    owner = await asyncpg.connect(servers.url_for("parley_owner"))
    for statement in FILL:
        await owner.execute(statement.format(messages=messages))
    await owner.close()
    database = Database(servers.url_for("parley"), pool_min=1, pool_max=2)
    await database.connect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    await count_what_is_due(database)
    seconds = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    await database.close()
    print(f"{messages} messages: {seconds:.1f} s, {grown:.0f} MB more memory at most")


def main() -> None:
    """Measure in servers of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=300_000)
    arguments = parser.parse_args()
    with own_servers("counting") as (_, servers):
        asyncio.run(measure(servers, arguments.messages))


if __name__ == "__main__":
    main()
