"""Labels of the tenant, and the conversations that have them."""

from typing import Any

import pytest

from models.tenants import Role
from tests.schema.test_keeping import refusal
from tests.schema.test_reading import make_conversation, titles

CREATE = """
    mutation ($name: String!, $color: String!) {
        createLabel(input: {name: $name, color: $color}) {
            label { id name color } userErrors { code field }
        }
    }
"""
UPDATE = """
    mutation ($id: ID!, $name: String, $color: String) {
        updateLabel(input: {labelId: $id, name: $name, color: $color}) {
            label { name color } userErrors { code field }
        }
    }
"""
DELETE = """
    mutation ($id: ID!) { deleteLabel(input: {labelId: $id}) { labelId userErrors { code } } }
"""
ADD = """
    mutation ($id: ID!, $label: ID!) {
        addLabel(input: {conversationId: $id, labelId: $label}) {
            conversation { labels { name } } userErrors { code field }
        }
    }
"""
REMOVE = """
    mutation ($id: ID!, $label: ID!) {
        removeLabel(input: {conversationId: $id, labelId: $label}) {
            conversation { labels { name } } userErrors { code field }
        }
    }
"""
LIST = """
    query ($filter: ConversationFilterInput) {
        labels { name color }
        conversations(filter: $filter) { edges { node { title labels { name } } } }
    }
"""


async def make_label(client: Any, name: str) -> str:
    """A red label; its id."""
    made = await client.data(CREATE, name=name, color="#FF0000")
    assert made["createLabel"]["userErrors"] == []
    key: str = made["createLabel"]["label"]["id"]
    return key


def names(payload: dict[str, Any]) -> list[str]:
    return [label["name"] for label in payload["conversation"]["labels"]]


async def test_labels_are_put_on_and_taken_off(client: Any) -> None:
    a, b = [await make_conversation(client, name, "hello") for name in "ab"]
    urgent, billing = await make_label(client, "urgent"), await make_label(client, "billing")
    for _ in range(2):
        added = await client.data(ADD, id=a, label=urgent)
        assert names(added["addLabel"]) == ["urgent"]
    added = await client.data(ADD, id=a, label=billing)
    assert names(added["addLabel"]) == ["billing", "urgent"]
    await client.data(ADD, id=b, label=billing)

    found = await client.data(LIST, filter={"labelId": urgent})
    assert titles(found["conversations"]) == ["a"]
    assert found["labels"] == [
        {"name": "billing", "color": "#ff0000"},
        {"name": "urgent", "color": "#ff0000"},
    ]
    for _ in range(2):
        removed = await client.data(REMOVE, id=a, label=urgent)
        assert names(removed["removeLabel"]) == ["billing"]
    assert titles((await client.data(LIST, filter={"labelId": urgent}))["conversations"]) == []


async def test_labels_are_changed_and_deleted_everywhere(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    key = await make_conversation(client, "chat", "hello")
    label = await make_label(client, "urgent")
    await client.data(ADD, id=key, label=label)
    changed = await client.data(UPDATE, id=label, name=" later ")
    assert changed["updateLabel"]["label"] == {"name": "later", "color": "#ff0000"}
    node = await client.data(
        "query ($id: ID!) { node(id: $id) { ... on Label { name } } }", id=label
    )
    assert node["node"] == {"name": "later"}

    assert await client.code(DELETE, id=label) == "FORBIDDEN"
    admin = client_of(await sign_up("admin", Role.ADMIN))
    gone = await admin.data(DELETE, id=label)
    assert gone["deleteLabel"] == {"labelId": label, "userErrors": []}
    listed = await client.data(LIST)
    assert listed["labels"] == []
    assert listed["conversations"]["edges"][0]["node"]["labels"] == []
    assert await refusal(client, ADD, id=key, label=label) == ("NOT_FOUND", "labelId")
    assert await refusal(client, UPDATE, id=label) == ("NOT_FOUND", "labelId")


@pytest.mark.parametrize(
    ("name", "color", "expected"),
    [
        ("urgent", "#123456", ("CONFLICT", "name")),
        (" ", "#123456", ("BLANK", "name")),
        ("x" * 51, "#123456", ("TOO_LONG", "name")),
        ("ok", "red", ("BAD_INPUT", "color")),
        ("ok", "#12345", ("BAD_INPUT", "color")),
        ("ok", "#１２３４５６", ("BAD_INPUT", "color")),
    ],
)
async def test_labels_that_cannot_be_are_told(
    client: Any, name: str, color: str, expected: tuple[str, str]
) -> None:
    await make_label(client, "urgent")
    assert await refusal(client, CREATE, name=name, color=color) == expected
    other = await make_label(client, "other")
    assert await refusal(client, UPDATE, id=other, name=name, color=color) == expected


async def test_labels_have_limits(client: Any, owner: Any, tenant: Any) -> None:
    key = await make_conversation(client, "chat", "hello")
    last = await make_label(client, "last")
    await owner.execute(
        "INSERT INTO labels (tenant_id, id, created_at, name, color)"
        " SELECT $1, gen_random_uuid(), now(), n::text, '#000000' FROM generate_series(1, 199) n",
        tenant,
    )
    full = {"name": "more", "color": "#000000"}
    assert await refusal(client, CREATE, **full) == ("TOO_MANY", "name")
    await owner.execute(
        "INSERT INTO conversation_labels (tenant_id, conversation_id, label_id)"
        " SELECT $1, c.id, l.id FROM conversations c, labels l"
        " WHERE c.tenant_id = $1 AND l.tenant_id = $1 AND l.name <> 'last' LIMIT 20",
        tenant,
    )
    assert await refusal(client, ADD, id=key, label=last) == ("TOO_MANY", "labelId")


async def test_statements_do_not_grow_with_labels(client: Any) -> None:
    label = await make_label(client, "urgent")
    await client.data(ADD, id=await make_conversation(client, "a", "hello"), label=label)
    few = await client.count_statements(LIST)
    for name in "bcd":
        await client.data(ADD, id=await make_conversation(client, name, "hello"), label=label)
    assert await client.count_statements(LIST) == few == 3
