"""Contacts as clients make, change and find them."""

import asyncio
from typing import Any

import pytest

from models.tenants import Role
from schema.ids import IdType, encode_id
from tests.schema.audience import CONTACT, created, make_contact, make_group, phone

WALLET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
UPDATE = f"""
    mutation ($input: UpdateContactInput!) {{
        updateContact(input: $input) {{ contact {{ {CONTACT} }} userErrors {{ code field }} }}
    }}
"""
ARCHIVE = """
    mutation ($id: ID!, $archived: Boolean!) {
        archiveContact(input: {contactId: $id, archived: $archived}) {
            contact { archivedAt } userErrors { code }
        }
    }
"""
ADD = """
    mutation ($id: ID!, $identity: ContactIdentityInput!, $primary: Boolean! = false) {
        addContactIdentity(input: {contactId: $id, identity: $identity, primary: $primary}) {
            contact { identities { id kind value isPrimary user { handle } } }
            userErrors { code field }
        }
    }
"""
REMOVE = """
    mutation ($id: ID!) {
        removeContactIdentity(input: {identityId: $id}) {
            contact { identities { value isPrimary } } userErrors { code field }
        }
    }
"""
LIST = """
    query ($first: Int, $after: String, $last: Int, $before: String, $filter: ContactFilterInput) {
        contacts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
            totalCount nodes { name }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
NESTED = """
    query ($first: Int) {
        contacts(first: $first) {
            nodes {
                name identities { value user { handle } }
                groups(first: 2) { totalCount nodes { name members(first: 2) { nodes { name } } } }
            }
        }
    }
"""
BOTH = """
    mutation ($id: ID!, $one: ContactIdentityInput!, $other: ContactIdentityInput!) {
        first: addContactIdentity(input: {contactId: $id, identity: $one}) {
            contact { identities { value } }
        }
        second: addContactIdentity(input: {contactId: $id, identity: $other}) {
            contact { identities { value } }
        }
    }
"""


async def add(client: Any, contact: dict[str, Any], **variables: Any) -> dict[str, Any]:
    """The payload of adding an identity."""
    payload: dict[str, Any] = (await client.data(ADD, id=contact["id"], **variables))[
        "addContactIdentity"
    ]
    return payload


async def update(client: Any, contact: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The payload of changing a contact."""
    payload: dict[str, Any] = (
        await client.data(UPDATE, input={"contactId": contact["id"], **given})
    )["updateContact"]
    return payload


async def names(client: Any, **wanted: Any) -> list[str]:
    """The names of the contacts that pass a filter, in the list's order."""
    found = (await client.data(LIST, filter=wanted))["contacts"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


async def test_contact_is_kept_as_it_was_given(client: Any) -> None:
    contact = await make_contact(
        client,
        "Ana",
        locale="pt-BR",
        timeZone="America/Sao_Paulo",
        quietHours={"start": "22:00", "end": "07:30"},
        fields=[{"name": "city", "value": "Recife"}, {"name": "age", "value": "30"}],
        identities=[
            {"kind": "PHONE", "value": "612 34 56 78", "region": "ES"},
            {"kind": "WALLET", "value": WALLET.lower()},
            {"kind": "EMAIL", "value": "Ana@Example.org"},
        ],
    )
    found = await client.data(f"query ($id: ID!) {{ contact(id: $id) {{ {CONTACT} }} }}", **contact)
    assert found["contact"] == contact
    assert contact["timeZone"] == "America/Sao_Paulo"
    assert contact["quietHours"] == {"start": "22:00:00", "end": "07:30:00"}
    assert [one["name"] for one in contact["fields"]] == ["age", "city"]
    assert {(one["kind"], one["value"]) for one in contact["identities"]} == {
        ("PHONE", "+34612345678"),
        ("WALLET", WALLET),
        ("EMAIL", "ana@example.org"),
    }
    assert all(one["isPrimary"] for one in contact["identities"])


async def test_contact_needs_no_identity(client: Any) -> None:
    assert (await make_contact(client))["identities"] == []


async def test_contact_can_be_a_user(client: Any) -> None:
    user = encode_id(IdType.USER, client.viewer.user_id)
    contact = await make_contact(client, identities=[{"kind": "USER", "value": user}])
    (one,) = contact["identities"]
    assert (one["value"], one["user"]) == (user, {"handle": "ana"})


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "BLANK", "name"),
        ({"name": "x" * 201}, "TOO_LONG", "name"),
        ({"timeZone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE", "timeZone"),
        ({"locale": "portuguese!"}, "BAD_INPUT", "locale"),
        ({"quietHours": {"start": "22:00", "end": "22:00"}}, "BAD_INPUT", "quietHours"),
        ({"quietHours": {"start": "22:00Z", "end": "23:00Z"}}, "BAD_INPUT", "quietHours"),
        ({"fields": [{"name": "a b", "value": ""}]}, "BAD_INPUT", "fields"),
        ({"fields": [{"name": "name", "value": ""}]}, "BAD_INPUT", "fields"),
        ({"fields": [{"name": "a", "value": "x" * 1_001}]}, "TOO_LONG", "fields"),
        (
            {"fields": [{"name": f"f{number}", "value": ""} for number in range(51)]},
            "TOO_LONG",
            "fields",
        ),
        ({"identities": [{"kind": "PHONE", "value": "612345678"}]}, "BAD_INPUT", "value"),
        ({"identities": [{"kind": "USER", "value": "ana"}]}, "BAD_ID", "value"),
        ({"identities": [phone(number) for number in range(21)]}, "TOO_MANY", None),
    ],
)
async def test_bad_contacts_are_told(
    client: Any, given: dict[str, Any], code: str, field: str | None
) -> None:
    payload = await created(client, **given)
    assert payload["contact"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, field)
    assert await names(client) == []


async def test_identity_belongs_to_one_contact(client: Any) -> None:
    await make_contact(client, identities=[phone(1)])
    payload = await created(client, "Ben", identities=[phone(2), phone(1)])
    assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]
    assert await names(client) == ["Ana"]


async def test_of_two_who_take_an_identity_at_once_one_is_told(client: Any) -> None:
    payloads = await asyncio.gather(
        *(created(client, name, identities=[phone(1)]) for name in ("Ana", "Ben"))
    )
    codes = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert codes == ["CONFLICT"]
    assert len(await names(client)) == 1


async def test_change_leaves_alone_what_it_does_not_name(client: Any) -> None:
    contact = await make_contact(
        client,
        locale="pt",
        timeZone="Europe/Lisbon",
        quietHours={"start": "22:00", "end": "07:00"},
        fields=[{"name": "city", "value": "Porto"}],
    )
    changed = (await update(client, contact, name="Ana B"))["contact"]
    assert changed == contact | {"name": "Ana B"}
    changed = (
        await update(client, contact, locale=None, quietHours=None, fields=[], optedOut=True)
    )["contact"]
    assert (changed["locale"], changed["quietHours"], changed["fields"]) == (None, None, [])
    assert changed["timeZone"] == "Europe/Lisbon"
    assert changed["optedOutAt"] is not None
    again = (await update(client, contact, timeZone=None, optedOut=True))["contact"]
    assert again["optedOutAt"] == changed["optedOutAt"]
    assert again["timeZone"] is None
    refused = await update(client, contact, name=None)
    assert refused["userErrors"] == [{"code": "BLANK", "field": "name"}]


async def test_archived_contacts_are_apart(client: Any) -> None:
    contact = await make_contact(client)
    archived = (await client.data(ARCHIVE, id=contact["id"], archived=True))["archiveContact"]
    again = (await client.data(ARCHIVE, id=contact["id"], archived=True))["archiveContact"]
    assert archived == again
    assert await names(client) == []
    assert await names(client, archived=True) == ["Ana"]
    await client.data(ARCHIVE, id=contact["id"], archived=False)
    assert await names(client) == ["Ana"]


async def test_identities_come_and_go(client: Any) -> None:
    contact = await make_contact(client, identities=[phone(1)])
    added = (await add(client, contact, identity=phone(2)))["contact"]["identities"]
    assert [one["isPrimary"] for one in added] == [True, False]
    same = (await add(client, contact, identity=phone(2), primary=True))["contact"]["identities"]
    assert [one["isPrimary"] for one in same] == [False, True]
    left = (await client.data(REMOVE, id=same[1]["id"]))["removeContactIdentity"]
    assert left["contact"]["identities"] == [{"value": "+34612000001", "isPrimary": True}]
    again = (await client.data(REMOVE, id=same[1]["id"]))["removeContactIdentity"]
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": "identityId"}]
    free = (await client.data(REMOVE, id=same[0]["id"]))["removeContactIdentity"]
    assert free["contact"]["identities"] == []
    assert (await created(client, "Ben", identities=[phone(1)]))["userErrors"] == []


async def test_identity_of_another_contact_is_a_conflict(client: Any) -> None:
    contact = await make_contact(client)
    await make_contact(client, "Ben", identities=[phone(1)])
    payload = await add(client, contact, identity=phone(1), primary=True)
    assert payload["userErrors"] == [{"code": "CONFLICT", "field": "value"}]


async def test_second_change_of_one_operation_is_seen(client: Any) -> None:
    contact = await make_contact(client)
    found = await client.data(BOTH, id=contact["id"], one=phone(1), other=phone(2))
    assert len(found["first"]["contact"]["identities"]) == 1
    assert len(found["second"]["contact"]["identities"]) == 2


async def test_contacts_page_forwards_and_backwards(client: Any) -> None:
    for number in range(5):
        await make_contact(client, f"c{number}")
    first = (await client.data(LIST, first=2))["contacts"]
    assert [node["name"] for node in first["nodes"]] == ["c4", "c3"]
    assert first["totalCount"] == 5
    second = (await client.data(LIST, first=2, after=first["pageInfo"]["endCursor"]))["contacts"]
    assert [node["name"] for node in second["nodes"]] == ["c2", "c1"]
    back = (await client.data(LIST, last=2, before=second["pageInfo"]["startCursor"]))["contacts"]
    assert [node["name"] for node in back["nodes"]] == ["c4", "c3"]
    assert back["pageInfo"]["hasPreviousPage"] is False
    assert await client.code(LIST, first=101) == "BAD_PAGE"
    assert await client.code(LIST, after="x") == "BAD_CURSOR"


async def test_contacts_are_found_by_what_is_known_of_them(client: Any) -> None:
    ana = await make_contact(client, "Ana_Lopes", identities=[phone(1)])
    ben = await make_contact(
        client, "Ben Lope%", identities=[{"kind": "EMAIL", "value": "ben@example.org"}]
    )
    group = await make_group(client, "all", ana)
    assert await names(client, search="LOPE") == ["Ben Lope%", "Ana_Lopes"]
    assert await names(client, search="a_l") == ["Ana_Lopes"]
    assert await names(client, search="pe%") == ["Ben Lope%"]
    for start in ("+34612", "34 612 000-0", "+34 (612)"):
        assert await names(client, search=start) == ["Ana_Lopes"]
    assert await names(client, search="Ben@") == ["Ben Lope%"]
    await add(client, ben, identity={"kind": "WALLET", "value": WALLET})
    assert await names(client, search=WALLET.lower()) == ["Ben Lope%"]
    assert await names(client, search=WALLET[:9]) == ["Ben Lope%"]
    assert await names(client, search="example.org") == []
    assert await names(client, groupId=group["id"]) == ["Ana_Lopes"]
    assert await names(client, identityKind="EMAIL") == ["Ben Lope%"]
    await update(client, ben, optedOut=True)
    assert await names(client, optedOut=True) == ["Ben Lope%"]
    assert await names(client, optedOut=False) == ["Ana_Lopes"]
    assert await client.code(LIST, filter={"search": " "}) == "BLANK"


async def test_number_of_statements_does_not_grow_with_the_page(client: Any) -> None:
    user = encode_id(IdType.USER, client.viewer.user_id)
    people = [
        await make_contact(client, f"c{number}", identities=[phone(number)]) for number in range(6)
    ]
    await add(client, people[-1], identity={"kind": "USER", "value": user})
    await make_group(client, "one", *people)
    await make_group(client, "two", *people)
    assert await client.count_statements(NESTED, first=1) == 6
    assert await client.count_statements(NESTED, first=6) == 6


async def test_viewers_read_and_do_not_write(client: Any, client_of: Any, sign_up: Any) -> None:
    contact = await make_contact(client)
    viewer = client_of(await sign_up("eve", Role.VIEWER))
    assert await names(viewer) == ["Ana"]
    assert await viewer.code(UPDATE, input={"contactId": contact["id"]}) == "FORBIDDEN"


async def test_node_finds_contacts(client: Any) -> None:
    contact = await make_contact(client)
    query = "query ($id: ID!) { node(id: $id) { id ... on Contact { name } } }"
    assert (await client.data(query, id=contact["id"]))["node"]["name"] == "Ana"
    unknown = encode_id(IdType.CONTACT, client.viewer.user_id)
    assert await client.code("query ($id: ID!) { contact(id: $id) { id } }", id=unknown) == (
        "NOT_FOUND"
    )
