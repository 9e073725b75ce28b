"""Templates: texts with places for values, compiled once and filled for each recipient.

`{{name}}` is the place of a variable, `{{contact.name}}` that of the recipient's name, and
`{{contact.city}}` that of a field of theirs. `{{contact.city|your town}}` has a text for those
who have none. `\\{{` writes two braces.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import Any, Self, TypeAlias

from analysis.values import BadValue, Style, Written, style_of, written, written_moment
from models.audience import VariableType

MAX_PLACES = 100
MAX_RENDERED = 65_536

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_TOKEN = re.compile(r"\\\{\{|\{\{(.*?)\}\}|\{\{", re.DOTALL)
_PLACE = re.compile(r"\s*(contact\.)?([A-Za-z_][A-Za-z0-9_]{0,63})\s*(?:\|(.*))?", re.DOTALL)


class Problem(StrEnum):
    """What can be wrong with a template, or with what is to fill it."""

    BAD_TEMPLATE = "BAD_TEMPLATE"
    UNKNOWN_VARIABLE = "UNKNOWN_VARIABLE"
    MISSING_VARIABLE = "MISSING_VARIABLE"
    BAD_VALUE = "BAD_VALUE"
    TOO_LONG = "TOO_LONG"


class TemplateError(ValueError):
    """A template cannot be compiled or filled; the message names the place or variable."""

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template wants: a value of a type, as JSON has it.

    Without a value it is `default`; without that too it is left blank if it is not required.
    """

    name: str
    type: VariableType = VariableType.TEXT
    required: bool = True
    default: object = None
    example: object = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The variable as the table keeps it."""
        kept = {name: stored[name] for name in ("name", "required", "default", "example")}
        return cls(type=VariableType(stored["type"]), **kept)


@dataclass(frozen=True, slots=True)
class Addressee:
    """The recipient, as far as texts may speak of them. `zone`: in which they read times."""

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template filled for one recipient. `parameters` go to the outlet's own template."""

    body: str
    parameters: tuple[str, ...] = ()

    @property
    def has_blanks(self) -> bool:
        """Whether a parameter is blank: outlets refuse such messages."""
        return any(map(_is_blank, self.parameters))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value goes; `shown` names it in messages."""

    name: str
    of_contact: bool
    fallback: str | None
    shown: str


_Part: TypeAlias = str | _Place


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template that was found sound; safe to share and to keep."""

    parts: tuple[_Part, ...]
    parameters: tuple[_Place, ...]
    variables: Mapping[str, Variable]
    defaults: Mapping[str, Written]
    style: Style

    def bind(
        self, values: Mapping[str, object], zone: tzinfo, later: Collection[str] = ()
    ) -> "BoundTemplate":
        """The template with the values that all recipients share, checked and written once.

        `later` names variables that each recipient brings; no other required one may be missing.
        Neither may what goes to the outlet be blank. Times are read in `zone` where a recipient has
        none. Raises TemplateError.
        """
        common = {**self.defaults, **self.written(values)}
        for variable in self.variables.values():
            if variable.name in common:
                continue
            if not variable.required:
                common[variable.name] = ""
            elif variable.name not in later and self._wants(variable.name):
                raise _missing(variable.name)
        for place in self.parameters:
            own = not place.of_contact and place.name not in later
            if own and place.fallback is None and _is_blank(common.get(place.name)):
                raise _missing(place.shown)
        return BoundTemplate(self, common, zone)

    def written(self, values: Mapping[str, object]) -> dict[str, Written]:
        """Values as the template's language writes them. Raises TemplateError."""
        found: dict[str, Written] = {}
        for name, value in values.items():
            variable = self.variables.get(name)
            if variable is None:
                message = f"The template has no variable {name[:64]!r}."
                raise TemplateError(Problem.UNKNOWN_VARIABLE, message)
            found[name] = _written(variable, value, self.style)
        return found

    def _wants(self, name: str) -> bool:
        """Whether some place has nothing but this variable to show."""
        places = (*self.parameters, *(part for part in self.parts if isinstance(part, _Place)))
        return any(
            place.name == name and not place.of_contact and place.fallback is None
            for place in places
        )


@dataclass(frozen=True, slots=True)
class BoundTemplate:
    """A template and the values that all its recipients share."""

    template: CompiledTemplate
    common: Mapping[str, Written]
    zone: tzinfo

    def render(self, to: Addressee, own: Mapping[str, object] | None = None) -> Rendered:
        """The texts for one recipient, whose own values come before the shared ones.

        Raises TemplateError: MISSING_VARIABLE names what neither they nor the template have.
        """
        values = {**self.common, **self.template.written(own)} if own else self.common
        body = "".join(
            [
                part if isinstance(part, str) else self._filled(part, to, values)
                for part in self.template.parts
            ]
        )
        if len(body) > MAX_RENDERED:
            message = f"The text has {len(body)} characters; at most {MAX_RENDERED} fit."
            raise TemplateError(Problem.TOO_LONG, message)
        filled = [self._filled(place, to, values) for place in self.template.parameters]
        return Rendered(body, tuple(filled))

    def _filled(self, place: _Place, to: Addressee, values: Mapping[str, Written]) -> str:
        if place.of_contact:
            value: Written | None = to.name if place.name == "name" else to.fields.get(place.name)
        else:
            value = values.get(place.name)
        if value is None or value == "":
            if place.fallback is not None:
                return place.fallback
            if value is None:
                raise _missing(place.shown)
        if isinstance(value, str):
            return value
        return written_moment(value.astimezone(to.zone or self.zone), self.template.style)


def compile_template(
    body: str, variables: Sequence[Variable], language: str, parameters: Sequence[str] = ()
) -> CompiledTemplate:
    """Find a template's places, and check them and what fills them. Raises TemplateError.

    `parameters` are places without their braces, such as `contact.name`, in the order in which
    the outlet's own template has them.
    """
    style = style_of(language)
    known = _by_name(variables)
    defaults = {
        variable.name: _written(variable, variable.default, style)
        for variable in variables
        if variable.default is not None
    }
    parts = _parts(body)
    outer = tuple(_place(text) for text in parameters)
    places = [*(part for part in parts if isinstance(part, _Place)), *outer]
    if len(places) > MAX_PLACES:
        message = f"The template has {len(places)} places; at most {MAX_PLACES} are filled."
        raise TemplateError(Problem.BAD_TEMPLATE, message)
    for place in places:
        if not place.of_contact and place.name not in known:
            message = f"{{{{{place.shown}}}}} names no variable of the template."
            raise TemplateError(Problem.UNKNOWN_VARIABLE, message)
    return CompiledTemplate(parts, outer, known, defaults, style)


def _by_name(variables: Sequence[Variable]) -> dict[str, Variable]:
    known: dict[str, Variable] = {}
    for variable in variables:
        if not NAME.fullmatch(variable.name):
            message = f"{variable.name[:64]!r} is no name of a variable: letters, digits and _ are."
            raise TemplateError(Problem.BAD_TEMPLATE, message)
        if variable.name in known:
            message = f"There are two variables {variable.name!r}."
            raise TemplateError(Problem.BAD_TEMPLATE, message)
        known[variable.name] = variable
    return known


def _parts(body: str) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    end = 0
    for token in _TOKEN.finditer(body):
        parts.append(body[end : token.start()])
        parts.append(_part(token))
        end = token.end()
    parts.append(body[end:])
    return tuple(part for part in parts if part != "")


def _part(token: re.Match[str]) -> _Part:
    if token[0].startswith("\\"):
        return "{{"
    if token[1] is None:
        message = f"The {{{{ at character {token.start() + 1} is not closed; \\{{{{ writes braces."
        raise TemplateError(Problem.BAD_TEMPLATE, message)
    return _place(token[1])


def _place(text: str) -> _Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        message = f"{{{{{text[:64]}}}}} is no place for a value, such as {{{{contact.name}}}} is."
        raise TemplateError(Problem.BAD_TEMPLATE, message)
    owner, name, fallback = found.groups()
    return _Place(name, owner is not None, fallback, f"{owner or ''}{name}")


def _written(variable: Variable, value: object, style: Style) -> Written:
    try:
        return written(variable.type, value, style)
    except BadValue as error:
        message = f"{variable.name} ({variable.type.value}): {error}."
        raise TemplateError(Problem.BAD_VALUE, message) from None


def _is_blank(value: Written | None) -> bool:
    return isinstance(value, str) and not value.strip()


def _missing(name: str) -> TemplateError:
    return TemplateError(Problem.MISSING_VARIABLE, f"There is no value for {name}.")
