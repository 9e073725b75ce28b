"""What MkDocs is told besides: the reference of the schema, and links that leave the folder.

The reference is made from schema/schema.graphql at each build, so it is never stale.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
SDL = ROOT / "schema/schema.graphql"
ROOTS = ("Query", "Mutation", "Subscription")
SECTIONS: dict[str, type[GraphQLNamedType]] = {
    "Types": GraphQLObjectType,
    "Interfaces": GraphQLInterfaceType,
    "Unions": GraphQLUnionType,
    "Inputs": GraphQLInputObjectType,
    "Enums": GraphQLEnumType,
    "Scalars": GraphQLScalarType,
}
_OUTWARD = re.compile(r"\]\((?:\.\./)+([\w./-]+)(#[\w-]+)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference, and a list of the decisions."""
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    files.append(File.generated(config, "graphql.md", content="\n".join(reference(schema))))
    listed = "\n".join(decisions(Path(config.docs_dir) / "decisions"))
    files.append(File.generated(config, "decisions/index.md", content=listed))
    return files


def decisions(folder: Path) -> Iterator[str]:
    """A list of the pages in a folder, by their headings."""
    yield "# Decisions\n"
    for path in sorted(folder.glob("*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        yield f"- [{heading}]({path.name})"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to what lies outside docs/ become names: the site does not hold it."""

    def named(found: re.Match[str]) -> str:
        target = (Path(config.docs_dir) / page.file.src_uri).parent / _target(found)
        inside = target.resolve().is_relative_to(Path(config.docs_dir))
        return found[0] if inside else f"] (`{found[1]}`)"

    return re.sub(r"\[([^\]]+)\] \(`", r"\1 (`", _OUTWARD.sub(named, markdown))


def _target(found: re.Match[str]) -> str:
    return found[0][2:-1].split("#")[0]


def reference(schema: GraphQLSchema) -> Iterator[str]:
    """The schema as Markdown: the three roots, then all types by kind and name."""
    yield "# GraphQL\n"
    yield "Everything that a client can ask; made from `schema/schema.graphql`.\n"
    for name in ROOTS:
        root = schema.type_map[name]
        assert isinstance(root, GraphQLObjectType)
        yield f"## {name}\n"
        for field_name, field in sorted(root.fields.items()):
            yield from operation(field_name, field)
    for title, kind in SECTIONS.items():
        found = [each for each in schema.type_map.values() if _shown(each) and type(each) is kind]
        yield f"## {title}\n"
        for each in sorted(found, key=lambda each: each.name):
            yield from type_section(each, schema)


def _shown(each: GraphQLNamedType) -> bool:
    own = not is_introspection_type(each) and not is_specified_scalar_type(each)
    return own and each.name not in ROOTS


def operation(name: str, field: GraphQLField) -> Iterator[str]:
    """A root field with its arguments and result."""
    yield f"### {name}\n"
    if field.description:
        yield f"{_plain(field.description)}\n"
    yield f"Gives {_link(field.type)}.\n"
    rows = [
        (f"`{argument}`", _link(given.type), _plain(given.description or ""))
        for argument, given in field.args.items()
    ]
    yield from table(("argument", "type", ""), rows)


def type_section(each: GraphQLNamedType, schema: GraphQLSchema) -> Iterator[str]:
    """One type."""
    yield f"### {each.name}\n"
    if each.description:
        yield f"{_plain(each.description)}\n"
    rows: list[Sequence[str]]
    match each:
        case GraphQLEnumType():
            values = each.values.items()
            rows = [(f"`{name}`", _plain(value.description or "")) for name, value in values]
            yield from table(("value", ""), rows)
        case GraphQLUnionType():
            yield " · ".join(_link(member) for member in each.types) + "\n"
        case GraphQLInputObjectType():
            rows = [
                (f"`{name}`", _link(field.type), _plain(field.description or ""))
                for name, field in each.fields.items()
            ]
            yield from table(("field", "type", ""), rows)
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield from fields_of(each, schema)


def fields_of(
    each: GraphQLObjectType | GraphQLInterfaceType, schema: GraphQLSchema
) -> Iterator[str]:
    """The fields of a type, and what it is related to."""
    if each.interfaces:
        yield "Implements " + ", ".join(_link(above) for above in each.interfaces) + ".\n"
    if isinstance(each, GraphQLInterfaceType):
        below = schema.get_possible_types(each)
        yield "One of " + " · ".join(_link(type_) for type_ in below) + ".\n"
    rows = []
    for name, field in each.fields.items():
        arguments = ", ".join(f"{given}: {what.type}" for given, what in field.args.items())
        shown = f"`{name}({arguments})`" if arguments else f"`{name}`"
        rows.append((shown, _link(field.type), _plain(field.description or "")))
    yield from table(("field", "type", ""), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table, if it has rows."""
    if not rows:
        return
    for cells in (head, tuple("---" for _ in head), *rows):
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _link(shown: object) -> str:
    """A type as text that leads to its section."""
    text = str(shown)
    name = re.sub(r"[\[\]!]", "", text)
    if name in {"Int", "Float", "String", "Boolean", "ID"}:
        return f"`{text}`"
    return f"[`{text}`](#{name.lower()})"


def _plain(text: str) -> str:
    """A description in one line that a table can hold."""
    return " ".join(text.split()).replace("|", "\\|")
