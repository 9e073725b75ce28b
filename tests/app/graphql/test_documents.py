"""Documents: limits, errors, the choice of an operation, and the bounded memory of them."""

import gc
import tracemalloc
from typing import Any

import pytest
from graphql import OperationType, build_schema, get_introspection_query

from app.graphql.documents import DocumentStore, Prepared
from app.graphql.errors import DocumentError
from app.graphql.limits import KIB, MIB, Limits
from app.graphql.parsing import parsed

SCHEMA = build_schema("type Query { a: Query b: Query name(of: Int): String }")


def store(cache_bytes: int = 1_000_000, limits: Limits | None = None, **options: Any) -> Any:
    return DocumentStore(SCHEMA, limits or Limits(), cache_bytes=cache_bytes, **options)


def weight(text: str) -> int:
    """What the cache takes a document for."""
    return parsed(text, tokens=Limits().tokens).bytes


def kept(documents: DocumentStore, text: str) -> Prepared:
    """What is kept of a document, which therefore comes twice."""
    documents.prepare(text, None)
    return documents.prepare(text, None)


def codes(text: str, operation: str | None = None, **options: Any) -> list[Any]:
    with pytest.raises(DocumentError) as caught:
        store(**options).prepare(text, operation)
    return [(error.extensions or {})["code"] for error in caught.value.errors]


def test_an_operation_is_prepared() -> None:
    prepared = store().prepare("query Name { name }", None)
    assert (prepared.name, prepared.kind) == ("Name", OperationType.QUERY)


@pytest.mark.parametrize(
    "text", ["{", "{ name", "query Q", "\x00", "{ a { name }", "}", "{ name } }"]
)
def test_syntax_errors(text: str) -> None:
    assert codes(text) == ["GRAPHQL_PARSE_FAILED"]


def test_nesting_beyond_what_the_parser_can_follow() -> None:
    assert codes("{ a " * 3_000, limits=Limits(tokens=10_000)) == ["GRAPHQL_PARSE_FAILED"]


@pytest.mark.parametrize("text", ["{ nome }", "{ name { x } }", "query Q($x: Int) { name }"])
def test_validation_errors(text: str) -> None:
    assert codes(text) == ["GRAPHQL_VALIDATION_FAILED"]


def test_many_validation_errors_are_cut() -> None:
    errors = codes("{" + "".join(f" nome{n}" for n in range(500)) + "}")
    assert set(errors) == {"GRAPHQL_VALIDATION_FAILED"}
    assert len(errors) == 21


def test_a_document_may_not_be_too_large() -> None:
    limits = Limits(document_bytes=20)
    assert store(limits=limits).prepare("{ name } #" + "x" * 10, None)
    assert codes("{ name } #" + "x" * 11, limits=limits) == ["DOCUMENT_TOO_LARGE"]
    assert codes("{ name } #" + "é" * 6, limits=limits) == ["DOCUMENT_TOO_LARGE"]


@pytest.mark.parametrize("text", ["{" + " name" * 20 + "}", "{ name }" + "\n#" * 30])
def test_a_document_may_not_have_too_many_tokens(text: str) -> None:
    assert codes(text, limits=Limits(tokens=20)) == ["TOO_MANY_TOKENS"]


def test_depth_is_counted_through_fragments() -> None:
    limits = Limits(depth=3)
    assert store(limits=limits).prepare("{ a { a { name } } }", None)
    assert codes("{ a { a { a { name } } } }", limits=limits) == ["QUERY_TOO_DEEP"]
    hidden = "{ a { ...F } } fragment F on Query { a { ... on Query { a { name } } } }"
    assert codes(hidden, limits=limits) == ["QUERY_TOO_DEEP"]


def test_aliases_are_counted_where_fragments_unfold() -> None:
    doubled = "{ ...F0 }" + "".join(
        f"fragment F{n} on Query {{ x: a {{ ...F{n + 1} }} y: a {{ ...F{n + 1} }} }}"
        for n in range(10)
    )
    assert codes(doubled + "fragment F10 on Query { name }") == ["TOO_MANY_ALIASES"]


def test_directives_are_counted() -> None:
    text = "{ name " + "@skip(if: false) " * 61 + "}"
    assert codes(text) == ["TOO_MANY_DIRECTIVES"]
    text = "query " + "@skip(if: false) " * 61 + "{ name }"
    assert codes(text) == ["TOO_MANY_DIRECTIVES"]


@pytest.mark.parametrize(
    "text",
    [
        "{" + " name" * 1_000 + "}",
        "{" + " a { name }" * 200 + "}",
        "{" + " a { " + "name " * 10 + "}" * 1 + (" a { " + "name " * 10 + "}") * 20 + "}",
        "{ name } fragment Unused on Query {" + " name" * 1_000 + "}",
        "{"
        + "".join(f"...F{n} " for n in range(200))
        + "}"
        + "".join(f"fragment F{n} on Query {{ name }}" for n in range(200)),
    ],
)
def test_the_same_field_again_and_again(text: str) -> None:
    assert codes(text) == ["TOO_MANY_FIELDS"]


def test_fields_that_fragments_multiply() -> None:
    text = "{ ...F0 }" + "".join(
        f"fragment F{n} on Query {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(13)
    )
    assert codes(text + "fragment F13 on Query { name }") == ["TOO_MANY_FIELDS"]


def test_fields_that_overlap_as_everyday_fragments_do() -> None:
    names = [f"F{n}" for n in range(30)]
    text = "{" + "".join(f"...{name} " for name in names) + "}"
    text += "".join(f"fragment {name} on Query {{ name a {{ name }} }}" for name in names)
    assert store().prepare(text, None)


@pytest.mark.parametrize(("length", "passes"), [(50, True), (400, False)])
def test_a_chain_of_fragments(length: int, passes: bool) -> None:
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(length))
    text = "{ ...F0 }" + chain + f"fragment F{length} on Query {{ name }}"
    if passes:
        assert store().prepare(text, None)
    else:
        assert codes(text) == ["GRAPHQL_VALIDATION_FAILED"]


def test_cyclic_and_unknown_fragments() -> None:
    flat = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A name }"
    assert codes(flat) == ["GRAPHQL_VALIDATION_FAILED"]
    deep = "{ ...A } fragment A on Query { a { ...B } } fragment B on Query { a { ...A } }"
    assert codes(deep) == ["QUERY_TOO_DEEP"]
    meta = "{ __schema { types { ...A } } } fragment A on __Type { ofType { ...A } }"
    assert codes(meta) == ["QUERY_TOO_DEEP"]
    assert codes("{ ...Nowhere }") == ["GRAPHQL_VALIDATION_FAILED"]


def test_introspection_passes_the_depth_limit_unless_it_is_off() -> None:
    text = get_introspection_query()
    assert store(limits=Limits(depth=2)).prepare(text, None)
    assert set(codes(text, introspection=False)) == {"GRAPHQL_VALIDATION_FAILED"}
    assert store(introspection=False).prepare("{ __typename }", None)


@pytest.mark.parametrize(("suggestions", "told"), [(True, True), (False, False)])
def test_suggestions_can_be_off(suggestions: bool, told: bool) -> None:
    with pytest.raises(DocumentError) as caught:
        store(suggestions=suggestions).prepare("{ nam }", None)
    assert ("Did you mean" in str(caught.value)) is told


def test_the_operation_is_chosen_by_its_name() -> None:
    documents = store()
    text = "query One { name } query Two { name }"
    assert documents.prepare(text, "Two").name == "Two"
    one = documents.prepare(text, "One")
    assert documents.prepare(text, "One") is one
    assert documents.prepare(text, "Two") is not one


@pytest.mark.parametrize("name", [None, "", "Three"])
def test_an_operation_that_cannot_be_chosen(name: str | None) -> None:
    assert codes("query One { name } query Two { name }", name) == ["OPERATION_NOT_FOUND"]


def test_a_document_without_an_operation() -> None:
    assert codes("fragment F on Query { name }") == ["GRAPHQL_VALIDATION_FAILED"]


def test_a_document_is_kept_when_it_comes_again() -> None:
    documents = store()
    first = documents.prepare("{ name }", None)
    assert documents.statistics.bytes == 0
    second = documents.prepare("{ name }", None)
    assert second is not first
    assert documents.prepare("{ name }", None) is second
    assert documents.statistics.bytes == weight("{ name }")
    assert (documents.statistics.hits, documents.statistics.misses) == (1, 2)


def test_a_document_that_will_come_again_is_kept_at_once() -> None:
    documents = store()
    first = documents.prepare("{ name }", None, will_come_again=True)
    assert documents.prepare("{ name }", None) is first


def test_a_document_that_is_refused_leaves_nothing() -> None:
    documents = store()
    for _ in range(3):
        with pytest.raises(DocumentError):
            documents.prepare("{ nome }", None, will_come_again=True)
    assert documents.statistics.bytes == 0


def test_the_document_used_longest_ago_makes_room() -> None:
    text = "{ name }"
    documents = store(cache_bytes=2 * weight("{ a: name}"))
    first = kept(documents, text)
    kept(documents, "{ a: name}")
    assert documents.prepare(text, None) is first
    kept(documents, "{ b: name}")
    kept(documents, "{ c: name}")
    assert documents.prepare(text, None) is not first


def test_a_document_larger_than_the_memory_is_not_kept() -> None:
    documents = store(cache_bytes=10)
    assert kept(documents, "{ name }") is not documents.prepare("{ name }", None)


def test_documents_that_never_come_again_do_not_push_out_what_is_used() -> None:
    documents = store()
    used = kept(documents, "{ name }")
    occupied = documents.statistics.bytes
    for number in range(300):
        documents.prepare(f"{{ a{number:03}: name }}", None)
    assert documents.prepare("{ name }", None) is used
    assert documents.statistics.bytes == occupied
    assert documents.statistics.evicted == 0


def test_documents_that_come_twice_do_not_push_out_what_is_used() -> None:
    most = 50 * weight("{ a000: name }")
    documents = store(cache_bytes=most)
    used = kept(documents, "{ name }")
    for number in range(300):
        kept(documents, f"{{ a{number:03}: name }}")
        assert documents.statistics.bytes <= most
        if number % 20 == 0:
            assert documents.prepare("{ name }", None) is used
    assert documents.statistics.evicted >= 250


def test_a_document_of_a_hundred_kilobytes_where_the_limits_allow_it() -> None:
    limits = Limits(document_bytes=200_000, tokens=50_000, aliases=20_000, fields=20_000)
    text = "{" + " ".join(f"a{number}: name(of: {number})" for number in range(4_000)) + "}"
    assert 80_000 < len(text) < 120_000
    documents = store(cache_bytes=8 * MIB, limits=limits)
    assert kept(documents, text) is documents.prepare(text, None)
    assert codes(text) == ["DOCUMENT_TOO_LARGE"]


@pytest.mark.parametrize(
    "text",
    [
        "{" + " a" * 3_900 + "}",
        "{" + f" {'n' * 14}" * 3_900 + "}",
        "{" + f' a(b: "{"x" * 90}")' * 600 + "}",
        "query (" + "$a: [Int!]! = [1] " * 300 + ") { a }",
        "{" + " ... on Query @skip(if: true) { a { b } }" * 200 + "}",
        "{ a(b: {" + "c: [1 2] " * 500 + "}) }",
        get_introspection_query(),
        "{ name } " + "#" + "x" * 60_000,
    ],
)
def test_documents_weigh_what_they_occupy(text: str) -> None:
    gc.collect()
    tracemalloc.start()
    try:
        # A text of its own, as one that came with a request.
        made = parsed(" ".join((text, "")), tokens=4_000)
        occupied = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert occupied <= made.bytes <= 2.2 * occupied
    assert made.bytes < 2.5 * MIB


def test_the_largest_document_leaves_the_others_their_room() -> None:
    documents = store(cache_bytes=32 * MIB)
    small = kept(documents, "{ name }")
    kept(documents, "{ name } #" + "x" * (64 * KIB - 20))
    assert documents.prepare("{ name }", None) is small
    assert documents.statistics.bytes < MIB


def test_root_fields_are_known_through_fragments() -> None:
    text = "{ a { b { name } } ...F ... { c: name } } fragment F on Query { name a { b { name } } }"
    assert sorted(store().prepare(text, None).root_fields) == ["a", "a", "name", "name"]
