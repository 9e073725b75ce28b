"""Contacts who turn out to be one."""

from typing import Any

from models.audience import IdentityKind
from models.identities import identity
from models.ids import new_id
from realtime.contacts import contact_of
from realtime.unit_of_work import unit_of_work
from schema.ids import IdType, encode_id
from tests.realtime.town import Mute
from tests.schema.audience import CONTACT, make_contact, make_group, phone

MERGE = f"""
    mutation ($input: MergeContactsInput!) {{
        mergeContacts(input: $input) {{
            contact {{ {CONTACT} groups {{ nodes {{ name size }} }} }} userErrors {{ code field }}
        }}
    }}
"""
READ = """
    query ($id: ID!) {
        contact(id: $id) {
            archivedAt mergedInto { name } identities { value } groups { totalCount }
        }
    }
"""
RESTORE = """
    mutation ($id: ID!) {
        archiveContact(input: {contactId: $id, archived: false}) { userErrors { code } }
    }
"""
GROUP = "query ($id: ID!) { recipientGroup(id: $id) { size members { nodes { name } } } }"


async def merge(client: Any, contact: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """The payload of merging others into a contact."""
    given = {"contactId": contact["id"], "duplicateIds": [other["id"] for other in others]}
    payload: dict[str, Any] = (await client.data(MERGE, input=given))["mergeContacts"]
    return payload


async def test_contact_gets_what_its_duplicates_have(client: Any) -> None:
    ana = await make_contact(
        client, "Ana", locale="pt", identities=[phone(1)], fields=[{"name": "a", "value": "1"}]
    )
    other = await make_contact(
        client,
        "Ana L.",
        locale="es",
        timeZone="Europe/Lisbon",
        quietHours={"start": "22:00", "end": "07:00"},
        identities=[phone(2), {"kind": "EMAIL", "value": "ana@example.org"}],
        fields=[{"name": "a", "value": "2"}, {"name": "b", "value": "2"}],
    )
    third = await make_contact(
        client, "A", identities=[{"kind": "EMAIL", "value": "a@example.org"}]
    )
    merged = (await merge(client, ana, other, third))["contact"]
    assert (merged["name"], merged["locale"]) == ("Ana", "pt")
    assert merged["timeZone"] == "Europe/Lisbon"
    assert merged["quietHours"] == other["quietHours"]
    assert merged["fields"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert {one["value"]: one["isPrimary"] for one in merged["identities"]} == {
        "+34612000001": True,
        "+34612000002": False,
        "ana@example.org": True,
        "a@example.org": False,
    }
    gone = (await client.data(READ, id=other["id"]))["contact"]
    assert gone["archivedAt"] is not None
    assert gone["mergedInto"] == {"name": "Ana"}
    assert gone["identities"] == []


async def test_places_in_groups_move_and_are_counted(client: Any) -> None:
    ana, ben, cid = [await make_contact(client, name) for name in ("Ana", "Ben", "Cid")]
    both = await make_group(client, "both", ana, ben, cid)
    one = await make_group(client, "one", ben)
    merged = (await merge(client, ana, ben, cid))["contact"]
    assert merged["groups"]["nodes"] == [{"name": "one", "size": 1}, {"name": "both", "size": 1}]
    for group in (both, one):
        found = (await client.data(GROUP, id=group["id"]))["recipientGroup"]
        assert found == {"size": 1, "members": {"nodes": [{"name": "Ana"}]}}
    assert (await client.data(READ, id=ben["id"]))["contact"]["groups"]["totalCount"] == 0


async def test_who_opted_out_once_has_opted_out(client: Any) -> None:
    ana, ben = await make_contact(client, "Ana"), await make_contact(client, "Ben")
    silence = """
        mutation ($id: ID!) {
            updateContact(input: {contactId: $id, optedOut: true}) { contact { optedOutAt } }
        }
    """
    since = (await client.data(silence, id=ben["id"]))["updateContact"]["contact"]
    merged = (await merge(client, ana, ben))["contact"]
    assert merged["optedOutAt"] == since["optedOutAt"]


async def test_merged_into_one_who_is_merged_stands_for_all(client: Any) -> None:
    ana, ben, cid = [await make_contact(client, name) for name in ("Ana", "Ben", "Cid")]
    await merge(client, ben, cid)
    await merge(client, ana, ben)
    for each in (ben, cid):
        found = (await client.data(READ, id=each["id"]))["contact"]
        assert found["mergedInto"] == {"name": "Ana"}
    for contact, other in ((ana, ben), (ben, ana)):
        again = await merge(client, contact, other)
        assert [error["code"] for error in again["userErrors"]] == ["ALREADY_DONE"]
    back = (await client.data(RESTORE, id=ben["id"]))["archiveContact"]
    assert back["userErrors"] == [{"code": "ALREADY_DONE"}]


async def test_merging_has_limits(client: Any) -> None:
    ana = await make_contact(client, "Ana", identities=[phone(n) for n in range(12)])
    ben = await make_contact(client, "Ben", identities=[phone(n) for n in range(20, 30)])
    many = await merge(client, ana, ben)
    assert many["userErrors"] == [{"code": "TOO_MANY", "field": "duplicateIds"}]
    assert len((await client.data(READ, id=ben["id"]))["contact"]["identities"]) == 10
    one, other = [
        await make_contact(
            client, name, fields=[{"name": f"{name}{n}", "value": ""} for n in range(26)]
        )
        for name in ("a", "b")
    ]
    wide = await merge(client, one, other)
    assert wide["userErrors"] == [{"code": "TOO_MANY", "field": "duplicateIds"}]
    crowd = [{"id": encode_id(IdType.CONTACT, new_id())} for _ in range(21)]
    assert (await merge(client, ana, *crowd))["userErrors"] == [
        {"code": "TOO_LONG", "field": "duplicateIds"}
    ]
    assert (await merge(client, ana, crowd[0]))["userErrors"] == [
        {"code": "NOT_FOUND", "field": "duplicateIds"}
    ]
    assert (await merge(client, ana, ana))["userErrors"] == [
        {"code": "BAD_INPUT", "field": "duplicateIds"}
    ]


async def test_identity_of_a_duplicate_names_the_contact(client: Any) -> None:
    ana, ben = (
        await make_contact(client, "Ana", identities=[phone(1)]),
        await make_contact(client, "Ben", identities=[phone(2)]),
    )
    await merge(client, ana, ben)
    tenant = client.viewer.tenant_id
    async with unit_of_work(client.services.database, Mute(), tenant) as work:
        found = await contact_of(work, [identity(IdentityKind.PHONE, "+34612000002")], "Ben")
    assert encode_id(IdType.CONTACT, found.id) == ana["id"]
