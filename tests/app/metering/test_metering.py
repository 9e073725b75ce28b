"""Costs and budgets, as clients meet them."""

from tests.app.metering.conftest import Open
from tests.app.signin.desk import Desk

VIEWER = "{ viewer { user { id } } }"
LIST = "query($n: Int) { conversations(first: $n) { nodes { messages { nodes { id } } } } }"
CREATE = """mutation($title: String!) {
  createConversation(input: {title: $title}) { conversation { id } }
}"""
SCHEDULE = """mutation($id: ID!) {
  createSchedule(input: {conversationId: $id, body: "later", sendAt: "2999-01-01T00:00:00Z"}) {
    schedule { id } userErrors { code }
  }
}"""


async def _credential(desk: Desk) -> str:
    return desk.token(await desk.make_user(await desk.make_tenant()))


async def test_results_say_what_they_cost(open_desk: Open) -> None:
    async with open_desk(max_cost=100, viewer_cost_per_minute=1_000) as desk:
        result = (await desk.post(VIEWER, await _credential(desk))).json()

    assert result["extensions"]["cost"] == {"requested": 3, "limit": 100, "remaining": 997}


async def test_what_costs_too_much_is_refused_unrun(open_desk: Open) -> None:
    async with open_desk(max_cost=1_000) as desk:
        credential = await _credential(desk)
        refused = (await desk.post(LIST, credential, n=100)).json()
        granted = (await desk.post(LIST, credential, n=5)).json()

    assert "data" not in refused
    assert refused["errors"][0]["extensions"] == {
        "code": "QUERY_TOO_COSTLY",
        "cost": {"requested": 5_202, "limit": 1_000},
    }
    assert granted["data"]["conversations"] == {"nodes": []}


async def test_a_used_up_budget_says_when_to_come_back(open_desk: Open) -> None:
    async with open_desk(viewer_cost_per_minute=5) as desk:
        tenant = await desk.make_tenant()
        ana = desk.token(await desk.make_user(tenant))
        bea = desk.token(await desk.make_user(tenant))
        first = await desk.post(VIEWER, ana)
        second = await desk.post(VIEWER, ana)
        other = await desk.post(VIEWER, bea)

    assert first.status_code == 200
    assert second.status_code == 429
    extensions = second.json()["errors"][0]["extensions"]
    assert extensions["code"] == "RATE_LIMITED"
    assert second.headers["retry-after"] == str(extensions["retryAfter"])
    assert other.status_code == 200


async def test_tenants_and_addresses_have_budgets(open_desk: Open) -> None:
    for budget in ("tenant_cost_per_minute", "address_cost_per_minute"):
        async with open_desk(**{budget: 5}) as desk:
            tenant = await desk.make_tenant()
            statuses = [
                (await desk.post(VIEWER, desk.token(await desk.make_user(tenant)))).status_code
                for _ in range(2)
            ]
        assert statuses == [200, 429], budget


async def test_budgets_hold_without_redis(open_desk: Open) -> None:
    async with open_desk(redis="redis://127.0.0.1:1", viewer_cost_per_minute=5) as desk:
        credential = await _credential(desk)
        statuses = [(await desk.post(VIEWER, credential)).status_code for _ in range(2)]

    assert statuses == [200, 429]


async def test_schedules_have_a_budget_of_their_own(open_desk: Open) -> None:
    async with open_desk(schedules_per_minute=2) as desk:
        credential = await _credential(desk)
        made = await desk.data(CREATE, credential, title="Trip")
        conversation = made["createConversation"]["conversation"]["id"]
        answers = [await desk.post(SCHEDULE, credential, id=conversation) for _ in range(3)]
        viewer = await desk.post(VIEWER, credential)

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert viewer.status_code == 200


async def test_a_socket_stays_when_a_budget_is_used_up(open_desk: Open) -> None:
    async with (
        open_desk(viewer_cost_per_minute=5) as desk,
        desk.socket(await _credential(desk)) as socket,
    ):
        await socket.acknowledged()
        await socket.subscribe(VIEWER)
        assert (await socket.receive())["payload"]["extensions"]["cost"]["requested"] == 3
        assert (await socket.receive())["type"] == "complete"
        await socket.subscribe(VIEWER)
        refusal = await socket.receive()
        await socket.send({"type": "ping"})
        pong = await socket.receive()

    assert refusal["type"] == "error"
    assert refusal["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert pong["type"] == "pong"


async def test_the_schema_is_kept_to_oneself_unless_a_setting_allows(open_desk: Open) -> None:
    query = "{ __schema { queryType { name } } }"
    async with open_desk() as desk:
        hidden = (await desk.post(query, await _credential(desk))).json()
        misspelt = (await desk.post("{ viewr { id } }", await _credential(desk))).json()
    async with open_desk(introspection=True) as desk:
        shown = (await desk.post(query, await _credential(desk))).json()

    assert hidden["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "viewer" not in misspelt["errors"][0]["message"]
    assert shown["data"]["__schema"]["queryType"] == {"name": "Query"}
