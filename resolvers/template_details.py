"""What a client may say of a template, checked and applied."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from analysis.templates import (
    CompiledTemplate,
    Problem,
    TemplateError,
    Variable,
    compile_template,
)
from models.audience import Template
from models.database import Row
from resolvers.contact_details import check_language
from resolvers.errors import Code, UserError
from resolvers.limits import Limits, text_within

MAX_NAME = 200
MAX_VARIABLES = 50
MAX_WHATSAPP_NAME = 512
PROBLEMS = {
    Problem.BAD_TEMPLATE: (Code.BAD_TEMPLATE, "body"),
    Problem.UNKNOWN_VARIABLE: (Code.UNKNOWN_VARIABLE, "variables"),
    Problem.MISSING_VARIABLE: (Code.MISSING_VARIABLE, "variables"),
    Problem.BAD_VALUE: (Code.BAD_VALUE, "variables"),
    Problem.TOO_LONG: (Code.TOO_LONG, "body"),
}


@dataclass(frozen=True, slots=True)
class OutletTemplate:
    """The template of the WhatsApp Cloud API that stands in for a text, and what fills it."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateDetails:
    """What a client may say of a template."""

    name: str
    language: str
    body: str
    variables: tuple[Variable, ...] = ()
    whatsapp: OutletTemplate | None = None

    @classmethod
    def of(cls, template: Template | Row, variables: Sequence[Mapping[str, Any]]) -> Self:
        """What is said of a template now; its variables are given as the table keeps them."""
        outlet = None
        if template.whatsapp_name is not None and template.whatsapp_language is not None:
            parameters = tuple(template.whatsapp_parameters)
            outlet = OutletTemplate(template.whatsapp_name, template.whatsapp_language, parameters)
        known = tuple(Variable.of(stored) for stored in variables)
        return cls(template.name, template.language, template.body, known, outlet)

    def checked(self, limits: Limits) -> Self:
        """The same, if it can be kept and filled. Raises the codes of `PROBLEMS` and of texts."""
        text_within(self.name, MAX_NAME, "name")
        compiled = self.compiled(limits)
        if self.whatsapp is not None:
            text_within(self.whatsapp.name, MAX_WHATSAPP_NAME, "whatsapp")
            check_language(self.whatsapp.language, "whatsapp")
        examples = {one.name: one.example for one in self.variables if one.example is not None}
        with told():
            compiled.written(examples)
        return self

    def compiled(self, limits: Limits) -> CompiledTemplate:
        """The template, ready to be filled. Raises the codes of `PROBLEMS` and of texts."""
        check_language(self.language, "language")
        text_within(self.body, limits.body, "body")
        if len(self.variables) > MAX_VARIABLES:
            message = f"A template has at most {MAX_VARIABLES} variables."
            raise UserError(Code.TOO_LONG, message, "variables")
        parameters = self.whatsapp.parameters if self.whatsapp else ()
        for place in parameters:
            text_within(place, limits.key, "whatsapp")
        with told():
            return compile_template(self.body, self.variables, self.language, parameters)

    def apply(self, template: Template, moment: datetime) -> None:
        """Have the template be so from now on."""
        template.name, template.language, template.body = self.name, self.language, self.body
        template.variables = [asdict(variable) for variable in self.variables]
        outlet = self.whatsapp
        template.whatsapp_name = outlet.name if outlet else None
        template.whatsapp_language = outlet.language if outlet else None
        template.whatsapp_parameters = list(outlet.parameters) if outlet else []
        template.updated_at = moment


@contextmanager
def told() -> Iterator[None]:
    """Tell what is wrong with a template, or with its values, as what the user can mend."""
    try:
        yield
    except TemplateError as error:
        code, field = PROBLEMS[error.problem]
        raise UserError(code, error.message, field) from None
