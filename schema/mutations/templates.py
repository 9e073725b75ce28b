"""Making, changing and trying templates."""

from dataclasses import replace
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from analysis.templates import Variable
from models.audience import VariableType
from resolvers import templates as resolve
from resolvers.template_details import OutletTemplate, TemplateDetails
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id
from schema.templates import Template, TemplatePreview


@strawberry.input
class TemplateVariableInput:
    name: str = strawberry.field(description="Letters, digits and _; the text says {{name}}.")
    type: VariableType = VariableType.TEXT
    required: bool = True
    default: JSON | None = None
    example: JSON | None = None


@strawberry.input
class WhatsAppTemplateInput:
    name: str
    language: str = strawberry.field(description="As WhatsApp writes it, such as en_US.")
    parameters: list[str] = strawberry.field(
        default_factory=list,
        description="What fills its places, in their order, such as `contact.name`.",
    )


def variables_of(given: list[TemplateVariableInput]) -> tuple[Variable, ...]:
    """Variables as resolvers take them."""
    return tuple(
        Variable(one.name, one.type, one.required, one.default, one.example) for one in given
    )


def outlet_of(given: WhatsAppTemplateInput | None) -> OutletTemplate | None:
    """A WhatsApp template as resolvers take it."""
    if given is None:
        return None
    return OutletTemplate(given.name, given.language, tuple(given.parameters))


@strawberry.input
class CreateTemplateInput:
    name: str
    language: str = strawberry.field(description="A language tag, such as pt-BR.")
    body: str
    variables: list[TemplateVariableInput] = strawberry.field(default_factory=list)
    whatsapp: WhatsAppTemplateInput | None = None

    def details(self) -> TemplateDetails:
        """The template as resolvers take it."""
        variables, outlet = variables_of(self.variables), outlet_of(self.whatsapp)
        return TemplateDetails(self.name, self.language, self.body, variables, outlet)


@strawberry.input
class _AboutTemplate:
    template_id: strawberry.ID

    def key(self) -> UUID:
        """The template's UUID. Raises BAD_ID."""
        return decode_id(IdType.TEMPLATE, self.template_id, "templateId")


@strawberry.input(description="What is left out stays as it is.")
class UpdateTemplateInput(_AboutTemplate):
    name: str | None = None
    language: str | None = None
    body: str | None = None
    variables: list[TemplateVariableInput] | None = None
    whatsapp: WhatsAppTemplateInput | None = strawberry.field(
        default=strawberry.UNSET, description="Null takes it away."
    )

    def applied(self, details: TemplateDetails) -> TemplateDetails:
        """The details with what was given."""
        if self.name is not None:
            details = replace(details, name=self.name)
        if self.language is not None:
            details = replace(details, language=self.language)
        if self.body is not None:
            details = replace(details, body=self.body)
        if self.variables is not None:
            details = replace(details, variables=variables_of(self.variables))
        if self.whatsapp is not strawberry.UNSET:
            details = replace(details, whatsapp=outlet_of(self.whatsapp))
        return details


@strawberry.input
class ArchiveTemplateInput(_AboutTemplate):
    archived: bool = strawberry.field(default=True, description="False takes it back.")


@strawberry.input(description="A template that need not be kept yet, and what is to fill it.")
class PreviewTemplateInput:
    body: str
    language: str = "en"
    variables: list[TemplateVariableInput] = strawberry.field(default_factory=list)
    parameters: list[str] = strawberry.field(
        default_factory=list, description="Those of a WhatsApp template."
    )
    values: JSON | None = strawberry.field(
        default=None, description="By variable; those that are left out have their examples."
    )
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="The recipient; else somebody made up."
    )

    def details(self) -> TemplateDetails:
        """The template as resolvers take it; it has no name yet."""
        outlet = OutletTemplate("", "", tuple(self.parameters))
        variables = variables_of(self.variables)
        return TemplateDetails("", self.language, self.body, variables, outlet)

    def contact(self) -> UUID | None:
        """The contact's UUID. Raises BAD_ID."""
        return decode_optional_id(IdType.CONTACT, self.contact_id, "contactId")


@strawberry.type
class _TemplateResult(MutationResult):
    template: Template | None = None


@strawberry.type
class CreateTemplatePayload(_TemplateResult):
    pass


@strawberry.type
class UpdateTemplatePayload(_TemplateResult):
    pass


@strawberry.type
class ArchiveTemplatePayload(_TemplateResult):
    pass


@strawberry.type
class PreviewTemplatePayload(MutationResult):
    preview: TemplatePreview | None = None


@strawberry.type
class TemplateMutations:
    @strawberry.mutation
    async def create_template(
        self, info: Info, input: CreateTemplateInput
    ) -> CreateTemplatePayload:
        template, errors = await changed(
            Template, lambda: resolve.create_template(info.context, input.details())
        )
        return CreateTemplatePayload(template=template, user_errors=errors)

    @strawberry.mutation
    async def update_template(
        self, info: Info, input: UpdateTemplateInput
    ) -> UpdateTemplatePayload:
        template, errors = await changed(
            Template, lambda: resolve.update_template(info.context, input.key(), input.applied)
        )
        return UpdateTemplatePayload(template=template, user_errors=errors)

    @strawberry.mutation(description="Its name is free again; schedules that use it go on.")
    async def archive_template(
        self, info: Info, input: ArchiveTemplateInput
    ) -> ArchiveTemplatePayload:
        template, errors = await changed(
            Template, lambda: resolve.archive_template(info.context, input.key(), input.archived)
        )
        return ArchiveTemplatePayload(template=template, user_errors=errors)

    @strawberry.mutation(description="What the template would say. Nothing is kept.")
    async def preview_template(
        self, info: Info, input: PreviewTemplateInput
    ) -> PreviewTemplatePayload:
        rendered, errors = await outcome(
            lambda: resolve.preview_template(
                info.context, input.details(), input.values, input.contact()
            )
        )
        preview = None
        if rendered is not None:
            preview = TemplatePreview(body=rendered.body, parameters=list(rendered.parameters))
        return PreviewTemplatePayload(preview=preview, user_errors=errors)
