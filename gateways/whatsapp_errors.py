"""What each error of the WhatsApp Cloud API asks for: a table, and how an answer is read with it.

Meta says to decide by `error.code`; its texts change.
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import orjson

from gateways.fields import Fields
from gateways.outbound import Answer
from gateways.protocol import Action, GatewayError

PAIR_RATE = 131056


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do about an error, and the least time to wait before the next attempt.

    `of_recipient`: others can be written to meanwhile.
    """

    action: Action
    wait: timedelta | None = None
    of_recipient: bool = False


_TRY_AGAIN = Rule(Action.RETRY)
_SLOW_DOWN = Rule(Action.SLOW_DOWN)
_REFUSED = Rule(Action.FAIL)

_GROUPS: tuple[tuple[Rule, tuple[int, ...]], ...] = (
    # Passing troubles of the service.
    (_TRY_AGAIN, (1, 2, 131000, 131016, 131057, 135000)),
    # One message per 6 s to one recipient; the wait grows with the attempt.
    (Rule(Action.RETRY, of_recipient=True), (PAIR_RATE,)),
    # Rates: of the application, the account, the number, registration.
    (_SLOW_DOWN, (4, 80007, 130429, 133016)),
    # The recipient has had enough marketing from everybody for today.
    (Rule(Action.RETRY, timedelta(days=1), of_recipient=True), (131049,)),
    # The sender is blocked or restricted: going on at full speed makes it worse.
    (Rule(Action.SLOW_DOWN, timedelta(hours=1)), (368, 130497, 131031, 131048, 131064)),
    # The message must change: the 24 hours in which one may write freely are over, or its
    # template is missing, paused or wrongly filled.
    (
        _REFUSED,
        (131047, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069),
    ),
    # This recipient cannot or must not be written to.
    (_REFUSED, (130472, 131021, 131026, 131030, 131050, 131062)),
    # A bad request or bad media.
    (_REFUSED, (100, 131005, 131008, 131009, 131051, 131052, 131053)),
    # The token, its permissions, the account or its payment: no message would be taken.
    (Rule(Action.HOLD), (0, 3, 10, 190, *range(200, 300), 131037, 131042, 131044, 131045, 131063)),
)

RULES: dict[int, Rule] = {code: rule for rule, codes in _GROUPS for code in codes}


def failure(answer: Answer, attempt: int) -> GatewayError:
    """The error that an answer other than success means for this attempt (from 1).

    The code is `WHATSAPP_{error.code}`, or `WHATSAPP_HTTP_{status}` when the answer is none of the
    Graph API's. `error.is_transient` turns a refusal into another try, never the reverse.
    """
    error = _error_of(answer)
    code = error.number("code")
    if not isinstance(code, int):
        return GatewayError(
            f"WHATSAPP_HTTP_{answer.status}", _without_code(answer.status), answer.retry_after
        )
    rule = RULES.get(code) or Rule(_with_unknown_code(answer.status))
    if rule.action in {Action.FAIL, Action.HOLD} and error.flag("is_transient"):
        rule = _TRY_AGAIN
    wait = pair_wait(attempt) if code == PAIR_RATE else rule.wait
    return GatewayError(
        f"WHATSAPP_{code}",
        rule.action,
        _longer(wait, answer.retry_after),
        of_recipient=rule.of_recipient,
    )


def pair_wait(attempt: int) -> timedelta:
    """Meta's rule for the pair rate: 4^n seconds after the n-th attempt; 18 hours at most."""
    return timedelta(seconds=4 ** min(attempt, 8))


def _error_of(answer: Answer) -> Fields:
    try:
        return Fields(orjson.loads(answer.body)).fields("error")
    except orjson.JSONDecodeError:
        return Fields(None)


def _with_unknown_code(status: int) -> Action:
    """For an error that is newer than the table: the API itself says that it did not send."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Action.SLOW_DOWN
    return Action.RETRY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Action.FAIL


def _without_code(status: int) -> Action:
    """For an answer of something in front of the API, which may have got the message or not."""
    if status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}:
        return Action.UNKNOWN
    return _with_unknown_code(status)


def _longer(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    return max((wait for wait in (one, other) if wait is not None), default=None)
