"""Parsing a document, and knowing how much memory it takes.

Whoever parses with graphql-core keeps every token of the text, because the locations of nodes refer
to them: a third to a half of all that a document occupies. Nobody looks at them again, as errors
are located by their offsets in the text.
"""

from dataclasses import dataclass
from sys import getsizeof

from graphql import DocumentNode, GraphQLSyntaxError, Location, Source, Token, TokenKind
from graphql.language.parser import Parser

# Measured with tracemalloc: 215 to 250 bytes a node, with its location and, if it is one, its
# name. Longer names and strings are once more as long as in the text.
NODE_BYTES = 256
DOCUMENT_BYTES = 2_000
_NO_TOKEN = Token(TokenKind.SOF, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, and about how many bytes it occupies with its text."""

    document: DocumentNode
    bytes: int


def parsed(text: str, *, tokens: int) -> Parsed:
    """The document; raises GraphQLSyntaxError, also for more than so many tokens or comments."""
    parser = _LeanParser(text, tokens)
    try:
        document = parser.parse_document()
    except RecursionError:
        pass
    else:
        return Parsed(document, DOCUMENT_BYTES + 2 * getsizeof(text) + NODE_BYTES * parser.nodes)
    finally:
        parser.let_go()
    raise GraphQLSyntaxError(Source(text), 0, "The document is nested too deeply.")


class _LeanParser(Parser):
    """Counts the nodes that it makes, and gives their locations no tokens."""

    def __init__(self, text: str, tokens: int) -> None:
        super().__init__(text, max_lexical_tokens=tokens, max_comments=tokens)
        self.nodes = 0
        self._last: Token | None = None

    def loc(self, start_token: Token) -> Location | None:
        """The place of the node that ends here."""
        location = super().loc(start_token)
        assert location is not None, "asked for by default"
        self.nodes += 1
        self._last = location.end_token
        location.start_token = location.end_token = _NO_TOKEN
        return location

    def let_go(self) -> None:
        """Undo the links between tokens: in circles they would wait for the garbage collector."""
        token, self._last = self._last, None
        while token is not None:
            token.next = None
            token.prev, token = None, token.prev
