"""What the tests of contacts, groups and templates ask the schema."""

from typing import Any

CONTACT = """
    id name locale timeZone quietHours { start end } fields { name value } optedOutAt archivedAt
    identities { id kind value isPrimary user { handle } }
"""
CREATE_CONTACT = f"""
    mutation ($input: CreateContactInput!) {{
        createContact(input: $input) {{
            contact {{ {CONTACT} }} userErrors {{ code field message }}
        }}
    }}
"""
CREATE_GROUP = """
    mutation ($input: CreateRecipientGroupInput!) {
        createRecipientGroup(input: $input) {
            recipientGroup { id name description size version } userErrors { code field }
        }
    }
"""


def phone(digits: int | str) -> dict[str, Any]:
    """An identity: a Spanish phone that ends with these digits."""
    return {"kind": "PHONE", "value": f"+34612{digits:>06}"}


async def created(client: Any, name: str = "Ana", **given: Any) -> dict[str, Any]:
    """The payload of making a contact."""
    made = await client.data(CREATE_CONTACT, input={"name": name, **given})
    payload: dict[str, Any] = made["createContact"]
    return payload


async def make_contact(client: Any, name: str = "Ana", **given: Any) -> dict[str, Any]:
    """A new contact."""
    payload = await created(client, name, **given)
    assert payload["userErrors"] == []
    contact: dict[str, Any] = payload["contact"]
    return contact


async def make_group(client: Any, name: str, *contacts: dict[str, Any]) -> dict[str, Any]:
    """A new group of these contacts."""
    given = {"name": name, "contactIds": [contact["id"] for contact in contacts]}
    made = (await client.data(CREATE_GROUP, input=given))["createRecipientGroup"]
    assert made["userErrors"] == []
    group: dict[str, Any] = made["recipientGroup"]
    return group
