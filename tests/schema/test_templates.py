"""Templates as clients make, change and try them."""

from typing import Any

import pytest

from models.tenants import Role
from tests.schema.audience import make_contact

TEMPLATE = """
    id name language body version archivedAt
    variables { name type required default example }
    whatsapp { name language parameters }
"""
CREATE = f"""
    mutation ($input: CreateTemplateInput!) {{
        createTemplate(input: $input) {{ template {{ {TEMPLATE} }} userErrors {{ code field }} }}
    }}
"""
UPDATE = f"""
    mutation ($input: UpdateTemplateInput!) {{
        updateTemplate(input: $input) {{ template {{ {TEMPLATE} }} userErrors {{ code field }} }}
    }}
"""
ARCHIVE = """
    mutation ($id: ID!, $archived: Boolean!) {
        archiveTemplate(input: {templateId: $id, archived: $archived}) {
            template { archivedAt } userErrors { code field }
        }
    }
"""
TRY = """
    mutation ($input: PreviewTemplateInput!) {
        previewTemplate(input: $input) {
            preview { body parameters } userErrors { code field message }
        }
    }
"""
PREVIEW = """
    query ($id: ID!, $values: JSON, $contact: ID) {
        template(id: $id) { preview(values: $values, contactId: $contact) { body parameters } }
    }
"""
LIST = """
    query ($filter: TemplateFilterInput) {
        templates(filter: $filter) { totalCount nodes { name } }
    }
"""
INVOICE = {
    "name": "invoice",
    "language": "de",
    "body": "{{contact.name}}: {{amount}}, {{due}}",
    "variables": [
        {"name": "amount", "type": "CURRENCY", "example": {"amount": "9.5", "currency": "EUR"}},
        {"name": "due", "type": "DATE", "default": "2026-03-05"},
    ],
    "whatsapp": {
        "name": "invoice_1",
        "language": "de",
        "parameters": ["amount", "contact.city|Berlin"],
    },
}


async def create(client: Any, **given: Any) -> dict[str, Any]:
    """The payload of making a template."""
    whole = {"name": "t", "language": "en", "body": "Hello"} | given
    payload: dict[str, Any] = (await client.data(CREATE, input=whole))["createTemplate"]
    return payload


async def make(client: Any, **given: Any) -> dict[str, Any]:
    """A new template."""
    payload = await create(client, **given)
    assert payload["userErrors"] == []
    template: dict[str, Any] = payload["template"]
    return template


async def test_template_is_kept_as_it_was_given(client: Any) -> None:
    template = await make(client, **INVOICE)
    query = f"query ($id: ID!) {{ template(id: $id) {{ {TEMPLATE} }} }}"
    assert (await client.data(query, id=template["id"]))["template"] == template
    assert template["version"] == 1
    assert template["whatsapp"] == INVOICE["whatsapp"]
    amount, due = template["variables"]
    assert (amount["type"], amount["required"], amount["default"]) == ("CURRENCY", True, None)
    assert amount["example"] == {"amount": "9.5", "currency": "EUR"}
    assert due["default"] == "2026-03-05"


async def test_preview_says_what_a_contact_would_read(client: Any) -> None:
    template = await make(client, **INVOICE)
    made_up = (await client.data(PREVIEW, id=template["id"]))["template"]["preview"]
    assert made_up["body"].endswith(": 9,50\u00a0EUR, 05.03.2026")
    ana = await make_contact(client, "Ana", fields=[{"name": "city", "value": "Porto"}])
    values = {"amount": {"amount": 1234, "currency": "EUR"}}
    shown = await client.data(PREVIEW, id=template["id"], values=values, contact=ana["id"])
    assert shown["template"]["preview"] == {
        "body": "Ana: 1.234,00\u00a0EUR, 05.03.2026",
        "parameters": ["1.234,00\u00a0EUR", "Porto"],
    }
    assert await client.code(PREVIEW, id=template["id"], values={"x": 1}) == "UNKNOWN_VARIABLE"
    assert await client.code(PREVIEW, id=template["id"], values=[1]) == "BAD_INPUT"
    unknown = template["id"]
    assert await client.code(PREVIEW, id=template["id"], contact=unknown) == "BAD_ID"


async def test_template_is_tried_before_it_is_kept(client: Any) -> None:
    given = {"body": "{{contact.name}} {{n}}", "variables": [{"name": "n", "type": "NUMBER"}]}
    tried = (await client.data(TRY, input=given | {"values": {"n": 1000}}))["previewTemplate"]
    assert tried["preview"]["body"].endswith(" 1,000")
    missing = (await client.data(TRY, input=given))["previewTemplate"]
    (error,) = missing["userErrors"]
    assert (error["code"], error["field"]) == ("MISSING_VARIABLE", "variables")
    assert "n" in error["message"]
    assert (await client.data(LIST))["templates"]["totalCount"] == 0


async def test_change_is_counted_and_checked(client: Any) -> None:
    template = await make(client, **INVOICE)
    given = {"templateId": template["id"], "body": "{{amount}}"}
    changed = (await client.data(UPDATE, input=given))["updateTemplate"]["template"]
    assert changed == template | {"body": "{{amount}}", "version": 2}
    given = {"templateId": template["id"], "variables": []}
    refused = (await client.data(UPDATE, input=given))["updateTemplate"]
    assert refused["userErrors"] == [{"code": "UNKNOWN_VARIABLE", "field": "variables"}]
    given |= {"body": "plain", "whatsapp": None, "language": "en", "name": "other"}
    changed = (await client.data(UPDATE, input=given))["updateTemplate"]["template"]
    assert (changed["variables"], changed["whatsapp"], changed["version"]) == ([], None, 3)
    assert (changed["name"], changed["language"]) == ("other", "en")


async def test_archived_template_frees_its_name(client: Any) -> None:
    old = await make(client, name="hello")
    taken = await create(client, name="hello")
    assert taken["userErrors"] == [{"code": "CONFLICT", "field": "name"}]
    await client.data(ARCHIVE, id=old["id"], archived=True)
    await make(client, name="hello")
    assert (await client.data(LIST))["templates"]["totalCount"] == 1
    archived = (await client.data(LIST, filter={"archived": True, "search": "HELL"}))["templates"]
    assert archived["totalCount"] == 1
    back = (await client.data(ARCHIVE, id=old["id"], archived=False))["archiveTemplate"]
    assert back["userErrors"] == [{"code": "CONFLICT", "field": "name"}]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": ""}, "BLANK", "name"),
        ({"body": " "}, "BLANK", "body"),
        ({"body": "x" * 65_537}, "TOO_LONG", "body"),
        ({"language": "e"}, "BAD_INPUT", "language"),
        ({"body": "{{name"}, "BAD_TEMPLATE", "body"),
        ({"body": "{{name}}"}, "UNKNOWN_VARIABLE", "variables"),
        ({"variables": [{"name": "1"}]}, "BAD_TEMPLATE", "body"),
        ({"variables": [{"name": f"v{n}"} for n in range(51)]}, "TOO_LONG", "variables"),
        (
            {"variables": [{"name": "n", "type": "NUMBER", "default": "x"}]},
            "BAD_VALUE",
            "variables",
        ),
        ({"variables": [{"name": "n", "type": "DATE", "example": 1}]}, "BAD_VALUE", "variables"),
        ({"whatsapp": {"name": "", "language": "en"}}, "BLANK", "whatsapp"),
        ({"whatsapp": {"name": "t", "language": "?"}}, "BAD_INPUT", "whatsapp"),
        (
            {"whatsapp": {"name": "t", "language": "en", "parameters": ["x"]}},
            "UNKNOWN_VARIABLE",
            "variables",
        ),
    ],
)
async def test_bad_templates_are_told(
    client: Any, given: dict[str, Any], code: str, field: str
) -> None:
    payload = await create(client, **given)
    assert payload["template"] is None
    assert payload["userErrors"] == [{"code": code, "field": field}]


async def test_viewers_try_templates_and_do_not_change_them(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    template = await make(client)
    viewer = client_of(await sign_up("eve", Role.VIEWER))
    shown = await viewer.data(PREVIEW, id=template["id"])
    assert shown["template"]["preview"] == {"body": "Hello", "parameters": []}
    assert await viewer.code(ARCHIVE, id=template["id"], archived=True) == "FORBIDDEN"
