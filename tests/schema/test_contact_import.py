"""Contacts that come by the thousand."""

from typing import Any

import pytest

from resolvers import recipient_groups
from tests.schema.audience import make_contact, make_group, phone

IMPORT = """
    mutation ($input: ImportContactsInput!) {
        importContacts(input: $input) {
            created updated rejectedCount rejected { row code field }
            recipientGroup { size version } userErrors { code field }
        }
    }
"""
PEOPLE = """
    query {
        contacts(first: 100) {
            totalCount
            nodes { name locale timeZone fields { name value } identities { kind value } }
        }
    }
"""


async def bring(client: Any, **given: Any) -> dict[str, Any]:
    """The payload of an import."""
    payload: dict[str, Any] = (await client.data(IMPORT, input=given))["importContacts"]
    return payload


async def people(client: Any) -> dict[str, dict[str, Any]]:
    """The contacts by their names."""
    found = (await client.data(PEOPLE))["contacts"]["nodes"]
    return {contact["name"]: contact for contact in found}


def values(contact: dict[str, Any]) -> list[str]:
    return sorted(one["value"] for one in contact["identities"])


async def test_csv_becomes_contacts(client: Any) -> None:
    text = (
        "name;phone;email;locale;time_zone;city;;\r\n"
        "Ana;612 34 56 78;ana@example.org;pt;Europe/Lisbon;Porto;;x\r\n"
        '"Ben; Jr";"+442079460123;+442079460124";;;;"line\none"\r\n'
        ";612345679;;;;\r\n"
        "\r\n"
    )
    payload = await bring(client, csv="\ufeff" + text, region="ES")
    assert (payload["created"], payload["updated"], payload["rejectedCount"]) == (3, 0, 0)
    found = await people(client)
    assert set(found) == {"Ana", "Ben; Jr", "+34612345679"}
    assert values(found["Ana"]) == ["+34612345678", "ana@example.org"]
    assert (found["Ana"]["locale"], found["Ana"]["timeZone"]) == ("pt", "Europe/Lisbon")
    assert found["Ana"]["fields"] == [{"name": "city", "value": "Porto"}]
    assert values(found["Ben; Jr"]) == ["+442079460123", "+442079460124"]
    assert found["Ben; Jr"]["fields"] == [{"name": "city", "value": "line\none"}]


async def test_contacts_that_are_known_are_brought_up_to_date(client: Any) -> None:
    await make_contact(
        client, "Ana", locale="pt", identities=[phone(1)], fields=[{"name": "a", "value": "1"}]
    )
    row = {"phone": phone(1)["value"], "email": "ana@example.org", "timeZone": "Europe/Lisbon"}
    given = [row | {"name": "Ana B", "fields": [{"name": "b", "value": "2"}]}]
    for _ in range(2):
        payload = await bring(client, contacts=given)
        assert (payload["created"], payload["updated"]) == (0, 1)
    (ana,) = (await people(client)).values()
    assert ana["name"] == "Ana B"
    assert (ana["locale"], ana["timeZone"]) == ("pt", "Europe/Lisbon")
    assert ana["fields"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert values(ana) == ["+34612000001", "ana@example.org"]


async def test_rows_that_cannot_be_kept_are_told_and_left_out(client: Any) -> None:
    await make_contact(client, "Ana", identities=[phone(1)])
    await make_contact(
        client, "Ben", identities=[phone(2), {"kind": "EMAIL", "value": "ben@example.org"}]
    )
    rows = [
        {"name": "nobody"},
        {"phone": "1"},
        {"phone": phone(3)["value"], "timeZone": "Mars/Olympus"},
        {"phone": phone(3)["value"], "name": "Cid"},
        {"phone": phone(3)["value"], "name": "Cid again"},
        {"phone": phone(1)["value"], "email": "ben@example.org"},
        {"phone": phone(2)["value"]},
        {"email": "ben@example.org"},
        {"phone": phone(4)["value"], "locale": "!"},
    ]
    payload = await bring(client, contacts=rows)
    assert (payload["created"], payload["updated"]) == (1, 1)
    assert [(row["row"], row["code"]) for row in payload["rejected"]] == [
        (1, "BAD_INPUT"),
        (2, "BAD_INPUT"),
        (3, "UNKNOWN_TIME_ZONE"),
        (5, "CONFLICT"),
        (6, "CONFLICT"),
        (8, "CONFLICT"),
        (9, "BAD_INPUT"),
    ]
    assert payload["rejectedCount"] == 7
    assert set(await people(client)) == {"Ana", "Ben", "Cid"}


async def test_known_contact_takes_no_more_than_fits(client: Any) -> None:
    await make_contact(
        client,
        "Ana",
        identities=[phone(number) for number in range(20)],
        fields=[{"name": f"f{number}", "value": ""} for number in range(50)],
    )
    one = phone(1)["value"]
    more = await bring(client, contacts=[{"phone": one, "email": "ana@example.org"}])
    assert [row["code"] for row in more["rejected"]] == ["TOO_MANY"]
    more = await bring(client, contacts=[{"phone": one, "fields": [{"name": "x", "value": ""}]}])
    assert [row["code"] for row in more["rejected"]] == ["TOO_LONG"]


async def test_all_of_them_join_the_group(client: Any) -> None:
    ana = await make_contact(client, "Ana", identities=[phone(1)])
    group = await make_group(client, "all", ana)
    given = [{"phone": phone(number)["value"]} for number in range(1, 4)]
    payload = await bring(client, contacts=given, groupId=group["id"])
    assert payload["recipientGroup"] == {"size": 3, "version": group["version"] + 1}
    again = await bring(client, contacts=given, groupId=group["id"])
    assert again["recipientGroup"] == payload["recipientGroup"]


async def test_group_has_a_limit(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipient_groups, "MAX_MEMBERS", 2)
    group = await make_group(client, "all")
    given = [{"phone": phone(number)["value"]} for number in range(3)]
    payload = await bring(client, contacts=given, groupId=group["id"])
    assert [error["code"] for error in payload["userErrors"]] == ["TOO_MANY"]
    assert await people(client) == {}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "BAD_INPUT", "contacts"),
        ({"contacts": [], "csv": ""}, "BAD_INPUT", "contacts"),
        ({"contacts": [{}] * 1_001}, "TOO_LONG", "contacts"),
        ({"csv": ""}, "BAD_INPUT", "csv"),
        ({"csv": "name,city\nAna,Porto"}, "BAD_INPUT", "csv"),
        ({"csv": "phone,phone\n1,2"}, "BAD_INPUT", "csv"),
        ({"csv": "phone,a b\n1,2"}, "BAD_INPUT", "fields"),
        ({"csv": 'phone\n"' + "1" * 140_000}, "BAD_INPUT", "csv"),
        ({"csv": "phone\n" + "1\n" * 10_001}, "TOO_LONG", "contacts"),
        ({"contacts": [], "groupId": "x"}, "BAD_ID", "groupId"),
    ],
)
async def test_bad_imports_are_told(
    client: Any, given: dict[str, Any], code: str, field: str
) -> None:
    payload = await bring(client, **given)
    assert payload["created"] is None
    assert payload["userErrors"] == [{"code": code, "field": field}]


async def test_number_of_statements_does_not_grow_with_the_rows(client: Any) -> None:
    given = [{"phone": phone(number)["value"]} for number in range(60)]
    await bring(client, contacts=given[:1])
    few = await client.count_statements(IMPORT, input={"contacts": given[:2]})
    many = await client.count_statements(IMPORT, input={"contacts": given})
    assert few == many
