"""Bounded memories."""

from app.signin.caches import Attempts, Cache


def test_cache_is_bounded_and_forgets() -> None:
    moment = 0.0
    cache: Cache[int, str] = Cache(2, 10, lambda: moment)
    for key in (1, 2, 3):
        cache.put(key, "value")
    assert [cache.get(key) for key in (1, 2, 3)] == [None, "value", "value"]
    cache.forget(lambda key: key == 2)
    assert (cache.get(2), cache.get(3)) == (None, "value")
    moment = 10.0
    assert cache.get(3) is None
    assert len(cache) == 0


def test_address_that_guesses_is_stopped_until_the_window_is_over() -> None:
    moment = 0.0
    attempts = Attempts(2, 60, 2, lambda: moment)
    for _ in range(2):
        assert not attempts.exhausted("192.0.2.1")
        attempts.failed("192.0.2.1")
    assert attempts.exhausted("192.0.2.1")
    assert not attempts.exhausted("192.0.2.2")
    assert not attempts.exhausted(None)
    moment = 60.0
    assert not attempts.exhausted("192.0.2.1")


def test_no_more_addresses_are_remembered_than_there_may_be() -> None:
    attempts = Attempts(1, 60, 2)
    for number in range(100):
        attempts.failed(f"192.0.2.{number}")
    assert len(attempts._windows) == 2
