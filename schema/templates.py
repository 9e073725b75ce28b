"""Templates and what becomes of them."""

from datetime import datetime
from typing import cast

import orjson
import strawberry
from strawberry.scalars import JSON

from models.audience import VariableType
from resolvers import templates as resolve
from schema.fields import Info, Node, column
from schema.ids import IdType, decode_optional_id

strawberry.enum(VariableType, description="What a template's variable takes.")


@strawberry.type(description="A value that a template wants.")
class TemplateVariable:
    name: str
    type: VariableType
    required: bool
    default: JSON | None = strawberry.field(description="Stands in where no value is given.")
    example: JSON | None = strawberry.field(description="For previews.")


@strawberry.type(description="The template of the WhatsApp Cloud API that stands in for a text.")
class WhatsAppTemplate:
    name: str
    language: str
    parameters: list[str] = strawberry.field(
        description="What fills its places, in their order, such as `contact.name`."
    )


@strawberry.type(description="A template filled for one recipient.")
class TemplatePreview:
    body: str
    parameters: list[str] = strawberry.field(description="Of the WhatsApp template, if any.")


@strawberry.type(description="A text with places for values: {{name}}, {{contact.name}}.")
class Template(Node):
    id_type = IdType.TEMPLATE

    name: str = column("Unique within the tenant, among those that are not archived.")
    language: str = column("A language tag: by it numbers and dates are written.")
    body: str = column()
    version: int = column("Counts its changes.")
    created_at: datetime = column()
    updated_at: datetime = column()
    archived_at: datetime | None = column()

    @strawberry.field
    def variables(self) -> list[TemplateVariable]:
        return [
            TemplateVariable(
                name=kept["name"],
                type=VariableType(kept["type"]),
                required=kept["required"],
                default=cast(JSON | None, kept["default"]),
                example=cast(JSON | None, kept["example"]),
            )
            for kept in orjson.loads(self.row.variables)
        ]

    @strawberry.field(description="Null: the text itself is sent.")
    def whatsapp(self) -> WhatsAppTemplate | None:
        if self.row.whatsapp_name is None:
            return None
        return WhatsAppTemplate(
            name=self.row.whatsapp_name,
            language=self.row.whatsapp_language,
            parameters=list(self.row.whatsapp_parameters),
        )

    @strawberry.field(
        description="The text for a contact, or for somebody made up."
        " Variables without a value here have their examples."
    )
    async def preview(
        self,
        info: Info,
        values: JSON | None = None,
        contact_id: strawberry.ID | None = None,
    ) -> TemplatePreview:
        rendered = await resolve.preview_template(
            info.context,
            resolve.details_of(self.row),
            values,
            decode_optional_id(IdType.CONTACT, contact_id, "contactId"),
        )
        return TemplatePreview(body=rendered.body, parameters=list(rendered.parameters))
