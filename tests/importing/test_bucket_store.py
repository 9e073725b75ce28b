"""Media in a bucket, over a server that speaks S3's wire and checks every signature."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from importing.bucket_store import PART, BucketStore
from tests.gateways.loopback_server import serving
from tests.importing.desk import START, Desk, line, talk
from tests.importing.s3 import KEY, REGION, SECRET, Buckets

PICTURE = b"\xff\xd8\xff\xe0" + b"picture" * 50


@pytest.fixture
async def buckets() -> AsyncIterator[Buckets]:
    buckets = Buckets()
    async with serving(buckets) as address:
        buckets.address = address
        yield buckets


@pytest.fixture
def store(buckets: Buckets, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    monkeypatch.setenv("AWS_ENDPOINT_URL", buckets.address)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", REGION)
    return BucketStore.at("s3://media/of/parley")


async def test_one_content_is_kept_once(store: BucketStore, buckets: Buckets) -> None:
    tenant = uuid4()
    one = await asyncio.to_thread(store.add, tenant, io.BytesIO(b"the same"))
    two = await asyncio.to_thread(store.add, tenant, io.BytesIO(b"the same"))

    name = one.digest.hex()
    assert one == two
    assert buckets.objects == {f"/media/of/parley/{tenant.hex}/{name[:2]}/{name}": b"the same"}
    assert buckets.puts == 1
    await asyncio.to_thread(store.remove, tenant, name)
    await asyncio.to_thread(store.remove, tenant, name)
    assert not await asyncio.to_thread(store.has, tenant, name)
    with pytest.raises(FileNotFoundError):
        await asyncio.to_thread(store.open, tenant, name)


async def test_a_large_content_goes_up_in_parts_and_is_read_where_it_is_wanted(
    store: BucketStore, buckets: Buckets
) -> None:
    content, tenant = bytes(range(256)) * (PART // 128), uuid4()

    kept = await asyncio.to_thread(store.add, tenant, io.BytesIO(content))

    assert kept.size == len(content)
    assert buckets.most_parts > 1
    file = await asyncio.to_thread(store.open, tenant, kept.digest.hex())
    assert await asyncio.to_thread(file.seek, -1000, io.SEEK_END) == len(content) - 1000
    assert await asyncio.to_thread(file.read, 10_000) == content[-1000:]
    await asyncio.to_thread(file.seek, 5)
    assert await asyncio.to_thread(file.read, 10) == content[5:15]
    file.close()


async def test_a_stream_that_breaks_sends_nothing(store: BucketStore, buckets: Buckets) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await asyncio.to_thread(store.add, uuid4(), Broken())
    assert buckets.objects == {}


async def test_a_bucket_that_refuses_is_an_error_of_the_store(
    store: BucketStore, buckets: Buckets
) -> None:
    buckets.refuse = 403
    with pytest.raises(OSError, match=r"403|denied|Forbidden"):
        await asyncio.to_thread(store.put, uuid4(), "ab.thumbnail", b"small")


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(ValueError, match="no address"):
        BucketStore.at("media/of/parley")


async def test_an_import_keeps_its_files_in_the_bucket(
    desk: Desk, store: BucketStore, buckets: Buckets
) -> None:
    said = [line(START, "Ana", "IMG-20240330-WA0001.jpg (file attached)"), *talk(10)]
    path: Path = desk.pack(said, {"IMG-20240330-WA0001.jpg": PICTURE})

    done = await desk.bring(path, store=store)

    assert done.media == 1
    assert list(buckets.objects.values()) == [PICTURE]
    await desk.undo(done, store)
    assert buckets.objects == {}
