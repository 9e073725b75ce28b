"""From a request's text to an operation that may run: limits, parsing, validation, a cache."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
)

from app.graphql.errors import DocumentError, TransportCode, coded
from app.graphql.extent import check_extent
from app.graphql.limits import Limits
from app.graphql.parsing import Parsed, parsed
from app.graphql.tracing import Cache, note_miss
from app.graphql.validation import Validator
from execution import Sightings


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Prepared:
    """One operation of a valid document. The same text gives the same object while cached,
    so that it can be the key of what is derived from it."""

    document: DocumentNode
    operation: OperationDefinitionNode
    name: str | None
    # Whether its result may come in parts.
    incremental: bool
    # The names of its root fields, those in fragments too, each as often as asked, in no order.
    root_fields: tuple[str, ...]
    kind: OperationType = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.operation.operation)


@dataclass(slots=True)
class CacheStatistics:
    """What the cache of documents has done since it was made, and how large it is about."""

    hits: int = 0
    misses: int = 0
    evicted: int = 0
    bytes: int = 0


class DocumentStore:
    """Parses and validates documents, and remembers the valid ones up to `cache_bytes`.

    A document is kept when it comes for the second time. What never comes again is thus dropped as
    soon as it was answered: it takes no room, and the garbage collector never gets to see it.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        rules: Collection[type[ASTValidationRule]] = (),
        introspection: bool = True,
        suggestions: bool = True,
        cache_bytes: int,
    ) -> None:
        self._limits = limits
        hidden = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self._validator = Validator(
            schema, (*specified_rules, *rules, *hidden), suggestions=suggestions
        )
        self._cache_bytes = cache_bytes
        self.statistics = CacheStatistics()
        self._cache: OrderedDict[str, _Kept] = OrderedDict()
        self._sightings = Sightings()

    def prepare(
        self, text: str, operation_name: str | None, *, will_come_again: bool = False
    ) -> Prepared:
        """The operation to run; raises `DocumentError` with coded errors."""
        name = operation_name or None
        prepared = self.load(text, will_come_again=will_come_again).get(name)
        if prepared is None:
            raise DocumentError([_not_found(name)])
        return prepared

    def recall(self, text: str, operation_name: str | None) -> Prepared | None:
        """The operation to run, if its document is kept."""
        kept = self._cache.get(text)
        prepared = kept.operations.get(operation_name or None) if kept is not None else None
        if prepared is not None:
            self.statistics.hits += 1
            self._cache.move_to_end(text)
        return prepared

    def load(self, text: str, *, will_come_again: bool = False) -> Mapping[str | None, Prepared]:
        """The operations of a document, by name; raises `DocumentError` with coded errors.

        One that is alone is there without its name too.
        One that `will_come_again` is kept at once.
        """
        kept = self._cache.get(text)
        if kept is None:
            note_miss(Cache.DOCUMENTS)
            self.statistics.misses += 1
            kept = self._made(text)
            if will_come_again or self._sightings.seen_before(text):
                self._remember(text, kept)
        else:
            self.statistics.hits += 1
            self._cache.move_to_end(text)
        return kept.operations

    def _made(self, text: str) -> "_Kept":
        found = self._parse(text)
        document = found.document
        check_extent(document, self._limits)
        self._validate(document)
        # Text that only looks like them, in a string, does no harm: there are just no parts.
        incremental = "@defer" in text or "@stream" in text
        operations = {
            node.name.value if node.name else None: node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        prepared: dict[str | None, Prepared] = {
            name: Prepared(document, node, name, incremental, _root_fields(document, node))
            for name, node in operations.items()
        }
        if len(prepared) == 1:
            # It need not be named.
            (prepared[None],) = prepared.values()
        return _Kept(prepared, found.bytes)

    def _parse(self, text: str) -> Parsed:
        limits = self._limits
        # A character is at most four bytes, so most texts need no encoding to be measured.
        if len(text) * 4 > limits.document_bytes and len(text.encode()) > limits.document_bytes:
            message = f"The document is larger than {limits.document_bytes} bytes."
            raise DocumentError([coded(TransportCode.DOCUMENT_TOO_LARGE, message)])
        try:
            return parsed(text, tokens=limits.tokens)
        except GraphQLSyntaxError as error:
            raise DocumentError([_syntax_error(error)]) from error

    def _validate(self, document: DocumentNode) -> None:
        errors = self._validator.errors(document)
        if errors:
            raise DocumentError(
                [with_code(e, TransportCode.GRAPHQL_VALIDATION_FAILED) for e in errors]
            )

    def _remember(self, text: str, kept: "_Kept") -> None:
        if kept.bytes > self._cache_bytes:
            return
        self._cache[text] = kept
        statistics = self.statistics
        statistics.bytes += kept.bytes
        while statistics.bytes > self._cache_bytes:
            _, oldest = self._cache.popitem(last=False)
            statistics.bytes -= oldest.bytes
            statistics.evicted += 1


class _Kept(NamedTuple):
    """The operations of a document by name, and about how many bytes they occupy."""

    operations: Mapping[str | None, Prepared]
    bytes: int


def with_code(error: GraphQLError, code: TransportCode) -> GraphQLError:
    """The same error, with `code` unless it has one.

    It is made anew, because it may wrap the exception with which a scalar refused a value, and
    that must not look like a fault of the server.
    """
    extensions = {"code": code.value, **(error.extensions or {})}
    return GraphQLError(
        error.message, error.nodes, error.source, error.positions, extensions=extensions
    )


def _not_found(name: str | None) -> GraphQLError:
    """GetOperation of the GraphQL specification: a name is needed where there are several."""
    message = "The document has several operations: say which with operationName."
    if name is not None:
        message = f"The document has no operation named {name[:100]!r}."
    return coded(TransportCode.OPERATION_NOT_FOUND, message)


def _root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> tuple[str, ...]:
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    found: list[str] = []
    spread: set[str] = set()
    pending = [operation.selection_set]
    while pending:
        for node in pending.pop().selections:
            match node:
                case FieldNode():
                    found.append(node.name.value)
                case InlineFragmentNode():
                    pending.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in spread:
                    spread.add(node.name.value)
                    pending.append(fragments[node.name.value].selection_set)
    return tuple(found)


def _syntax_error(error: GraphQLSyntaxError) -> GraphQLError:
    # The parser tells its limits apart from other syntax errors only by their text.
    if "Document contains more than" in error.message:
        return with_code(error, TransportCode.TOO_MANY_TOKENS)
    return with_code(error, TransportCode.GRAPHQL_PARSE_FAILED)
