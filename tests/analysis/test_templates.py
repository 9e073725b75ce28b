"""Templates: their places are found, checked and filled."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.templates import (
    MAX_PLACES,
    Addressee,
    Problem,
    TemplateError,
    Variable,
    compile_template,
)
from models.audience import VariableType as Type

ANA = Addressee("Ana", {"city": "Porto", "empty": ""})
CODE = Variable("code")


def render(body: str, *variables: Variable, to: Addressee = ANA, **values: Any) -> str:
    """The body's text for one recipient, in English."""
    return compile_template(body, variables, "en").bind(values, UTC).render(to).body


def problem(body: str, *variables: Variable, **values: Any) -> Problem:
    """What is wrong with the body or the values."""
    with pytest.raises(TemplateError) as caught:
        render(body, *variables, **values)
    return caught.value.problem


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Hello {{contact.name}}!", "Hello Ana!"),
        ("{{ code }}{{code}}", "77"),
        ("{{contact.city|your town}}", "Porto"),
        ("{{contact.street|your street}}", "your street"),
        ("{{contact.empty|nothing}}", "nothing"),
        ("{{contact.empty}}", ""),
        ("{{contact.street|}}", ""),
        (r"\{{code}} is {{code}}", "{{code}} is 7"),
        ("}} { } \\ {code}", "}} { } \\ {code}"),
    ],
)
def test_places_are_filled(body: str, text: str) -> None:
    assert render(body, CODE, code="7") == text


@given(st.text())
def test_text_without_braces_stays_as_it_is(body: str) -> None:
    assert render(body.replace("{{", "")) == body.replace("{{", "")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=100))
def test_value_is_never_read_as_a_template(value: str) -> None:
    assert render("<{{code}}>", Variable("code", required=False), code=value) == f"<{value}>"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("{{code", Problem.BAD_TEMPLATE),
        ("{{}}", Problem.BAD_TEMPLATE),
        ("{{a b}}", Problem.BAD_TEMPLATE),
        ("{{1}}", Problem.BAD_TEMPLATE),
        ("{{user.name}}", Problem.BAD_TEMPLATE),
        ("{{code}}" * (MAX_PLACES + 1), Problem.BAD_TEMPLATE),
        ("{{other}}", Problem.UNKNOWN_VARIABLE),
        ("{{contact.street}}", Problem.MISSING_VARIABLE),
        ("{{code}}" * 20, Problem.TOO_LONG),
    ],
)
def test_bad_places_are_told(body: str, wrong: Problem) -> None:
    assert problem(body, CODE, code="7" * 4_000) is wrong


def test_variables_are_checked() -> None:
    assert problem("", Variable("a b")) is Problem.BAD_TEMPLATE
    assert problem("", CODE, CODE) is Problem.BAD_TEMPLATE
    assert problem("", Variable("n", Type.NUMBER, default="many")) is Problem.BAD_VALUE


def test_values_are_checked_by_name_and_type() -> None:
    number = Variable("n", Type.NUMBER)
    assert problem("{{n}}", number) is Problem.MISSING_VARIABLE
    assert problem("{{n}}", number, n="many") is Problem.BAD_VALUE
    assert problem("{{n}}", number, n=1, m=2) is Problem.UNKNOWN_VARIABLE
    with pytest.raises(TemplateError, match="There is no value for n"):
        render("{{n}}", number)


def test_without_a_value_there_may_be_another() -> None:
    assert render("{{code}}", Variable("code", default="none")) == "none"
    assert render("<{{code}}>", Variable("code", required=False)) == "<>"
    assert render("{{code|none}}", CODE) == "none"
    assert render("no place for it", CODE) == "no place for it"


def test_recipients_own_values_come_first() -> None:
    optional = Variable("note", required=False)
    template = compile_template("{{code}} {{note}}", [CODE, optional], "en")
    bound = template.bind({}, UTC, later=["code", "note"])
    assert bound.render(ANA, {"code": "1", "note": "!"}).body == "1 !"
    assert bound.render(ANA, {"code": "2"}).body == "2 "
    with pytest.raises(TemplateError, match="There is no value for code"):
        bound.render(ANA)
    shared = template.bind({"code": "all"}, UTC)
    assert shared.render(ANA, {"code": "own"}).body == "own "
    assert shared.render(ANA).body == "all "


def test_times_are_those_of_the_reader() -> None:
    template = compile_template("{{at}}", [Variable("at", Type.DATETIME)], "en")
    bound = template.bind({"at": "2026-03-05T23:30:00+01:00"}, ZoneInfo("Europe/Lisbon"))
    assert bound.render(ANA).body == "05/03/2026 22:30"
    far = Addressee("Asha", zone=ZoneInfo("Asia/Kolkata"))
    assert bound.render(far).body == "06/03/2026 04:00"


def test_outlets_own_template_is_given_nothing_blank() -> None:
    note = Variable("note", required=False)
    template = compile_template("<{{note}}>", [note], "en", ["note"])
    assert template.bind({"note": "!"}, UTC).render(ANA).parameters == ("!",)
    for blank in ({}, {"note": ""}, {"note": " "}):
        with pytest.raises(TemplateError, match="There is no value for note"):
            template.bind(blank, UTC)
    bound = template.bind({}, UTC, later=["note"])
    assert not bound.render(ANA, {"note": "!"}).has_blanks
    assert bound.render(ANA, {"note": " "}).has_blanks
    named = compile_template("", [], "en", ["contact.name"]).bind({}, UTC)
    assert named.render(Addressee("")).has_blanks
    stand_in = compile_template("", [note], "en", ["note|-", "contact.name|you"]).bind({}, UTC)
    assert stand_in.render(Addressee("")).parameters == ("-", "you")


def test_outlets_own_template_gets_parameters_in_its_order() -> None:
    template = compile_template("{{code}}", [CODE], "en", ["contact.name", "code", "contact.x|-"])
    rendered = template.bind({"code": "7"}, UTC).render(ANA)
    assert rendered.parameters == ("Ana", "7", "-")
    with pytest.raises(TemplateError, match="names no variable"):
        compile_template("", [], "en", ["code"])
    with pytest.raises(TemplateError, match="There is no value for code"):
        compile_template("", [CODE], "en", ["code"]).bind({}, UTC)
