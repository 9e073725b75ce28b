"""Recipient groups as clients make, fill and read them."""

import asyncio
from typing import Any

from models.ids import new_id
from models.tenants import Role
from schema.ids import IdType, encode_id
from tests.schema.audience import CREATE_GROUP, make_contact, make_group

ADD = """
    mutation ($input: AddRecipientsInput!) {
        addRecipients(input: $input) {
            recipientGroup { size version } userErrors { code field }
        }
    }
"""
REMOVE = """
    mutation ($input: RemoveRecipientsInput!) {
        removeRecipients(input: $input) {
            recipientGroup { size version } userErrors { code field }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateRecipientGroupInput!) {
        updateRecipientGroup(input: $input) {
            recipientGroup { name description version } userErrors { code field }
        }
    }
"""
DELETE = """
    mutation ($id: ID!) {
        deleteRecipientGroup(input: {groupId: $id}) { groupId userErrors { code field } }
    }
"""
READ = """
    query ($id: ID!, $first: Int, $after: String) {
        recipientGroup(id: $id) {
            name size
            members(first: $first, after: $after) {
                totalCount nodes { name } pageInfo { hasNextPage endCursor }
            }
        }
    }
"""
LIST = """
    query ($search: String) {
        recipientGroups(search: $search) { totalCount nodes { name } }
    }
"""


async def change(client: Any, mutation: str, group: dict[str, Any], *contacts: Any) -> Any:
    """The payload of adding contacts or of taking them out."""
    given = {"groupId": group["id"], "contactIds": [contact["id"] for contact in contacts]}
    (payload,) = (await client.data(mutation, input=given)).values()
    return payload


async def test_group_has_its_members_in_order(client: Any) -> None:
    people = [await make_contact(client, f"c{number}") for number in range(5)]
    group = await make_group(client, "all", *people[:2])
    assert (group["size"], group["version"]) == (2, 2)
    added = await change(client, ADD, group, *people)
    assert added["recipientGroup"] == {"size": 5, "version": 3}
    page = (await client.data(READ, id=group["id"], first=3))["recipientGroup"]["members"]
    assert [node["name"] for node in page["nodes"]] == ["c0", "c1", "c2"]
    assert page["totalCount"] == 5
    cursor = page["pageInfo"]["endCursor"]
    rest = (await client.data(READ, id=group["id"], after=cursor))["recipientGroup"]["members"]
    assert [node["name"] for node in rest["nodes"]] == ["c3", "c4"]


async def test_version_counts_changes_and_no_repetitions(client: Any) -> None:
    ana, ben = await make_contact(client, "Ana"), await make_contact(client, "Ben")
    group = await make_group(client, "all", ana)
    again = await change(client, ADD, group, ana)
    assert again["recipientGroup"] == {"size": 1, "version": group["version"]}
    absent = await change(client, REMOVE, group, ben)
    assert absent["recipientGroup"] == {"size": 1, "version": group["version"]}
    removed = await change(client, REMOVE, group, ana, ben)
    assert removed["recipientGroup"] == {"size": 0, "version": group["version"] + 1}


async def test_all_who_are_added_at_once_are_counted(client: Any) -> None:
    people = [await make_contact(client, f"c{number}") for number in range(6)]
    group = await make_group(client, "all")
    await asyncio.gather(*(change(client, ADD, group, person) for person in people))
    found = (await client.data(READ, id=group["id"]))["recipientGroup"]
    assert found["size"] == len(found["members"]["nodes"]) == 6


async def test_name_is_unique(client: Any) -> None:
    await make_group(client, "all")
    other = await make_group(client, "some")
    taken = (await client.data(CREATE_GROUP, input={"name": "all"}))["createRecipientGroup"]
    assert taken["userErrors"] == [{"code": "CONFLICT", "field": "name"}]
    given = {"groupId": other["id"], "name": "all"}
    refused = (await client.data(UPDATE, input=given))["updateRecipientGroup"]
    assert refused["userErrors"] == [{"code": "CONFLICT", "field": "name"}]
    given = {"groupId": other["id"], "name": "few", "description": "of them"}
    changed = (await client.data(UPDATE, input=given))["updateRecipientGroup"]
    assert changed["recipientGroup"] == {"name": "few", "description": "of them", "version": 2}


async def test_of_two_groups_of_one_name_made_at_once_one_is_told(client: Any) -> None:
    made = await asyncio.gather(
        *(client.data(CREATE_GROUP, input={"name": "all"}) for _ in range(2))
    )
    errors = [each["createRecipientGroup"]["userErrors"] for each in made]
    assert sorted(map(len, errors)) == [0, 1]


async def test_deleted_group_leaves_its_contacts(client: Any) -> None:
    ana = await make_contact(client)
    group = await make_group(client, "all", ana)
    gone = (await client.data(DELETE, id=group["id"]))["deleteRecipientGroup"]
    assert gone == {"groupId": group["id"], "userErrors": []}
    assert await client.code(READ, id=group["id"]) == "NOT_FOUND"
    query = "query ($id: ID!) { contact(id: $id) { name groups { totalCount } } }"
    found = await client.data(query, id=ana["id"])
    assert found["contact"] == {"name": "Ana", "groups": {"totalCount": 0}}
    again = (await client.data(DELETE, id=group["id"]))["deleteRecipientGroup"]
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": "groupId"}]


async def test_contacts_that_there_are_not_are_told(client: Any) -> None:
    group = await make_group(client, "all")
    nobody = {"id": encode_id(IdType.CONTACT, new_id())}
    ana = await make_contact(client)
    for mutation in (ADD, REMOVE):
        refused = await change(client, mutation, group, ana, nobody)
        assert refused["userErrors"] == [{"code": "NOT_FOUND", "field": "contactIds"}]
    crowd = [{"id": encode_id(IdType.CONTACT, new_id())} for _ in range(1_001)]
    refused = await change(client, ADD, group, *crowd)
    assert refused["userErrors"] == [{"code": "TOO_LONG", "field": "contactIds"}]
    assert (await client.data(READ, id=group["id"]))["recipientGroup"]["size"] == 0


async def test_groups_are_found_by_name(client: Any) -> None:
    for name in ("Porto", "Lisbon", "Portalegre"):
        await make_group(client, name)
    found = (await client.data(LIST, search="PORT"))["recipientGroups"]
    assert found["totalCount"] == 2
    assert [node["name"] for node in found["nodes"]] == ["Portalegre", "Porto"]


async def test_viewers_read_groups_and_do_not_change_them(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    group = await make_group(client, "all")
    viewer = client_of(await sign_up("eve", Role.VIEWER))
    assert (await viewer.data(READ, id=group["id"]))["recipientGroup"]["name"] == "all"
    assert await viewer.code(DELETE, id=group["id"]) == "FORBIDDEN"
