"""Requests that a hostile or broken client might send, from a seed."""

import json
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_object_type,
)

DEPTH = 4
METHODS = ["POST"] * 12 + ["GET"] * 4 + ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"]
ACCEPTS = [
    "application/json",
    "application/graphql-response+json",
    "text/event-stream",
    "multipart/mixed, application/json",
    "text/html",
    "*/*",
    "image/png",
    ";;q=,,/",
    "application/json;q=abc",
    "",
]
MEDIA = ["application/json"] * 10 + [
    "application/json; charset=utf-16",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "\x00/;",
]
ODD_TEXTS = [
    "",
    "\x00",
    "\u202e\U0001f600é",
    "' OR 1=1 --",
    "%s%n{}",
    "../../etc/passwd",
    "a" * 5_000,
    '"unclosed',
    "word OR (other -third)",
    ")(*&^:!|<->",
    "NaN",
    "9" * 400,
    "2999-12-31T23:59:59Z",
    "0000-00-00T00:00:00",
    "Europe/Madrid",
]
ODD_VALUES: list[Any] = [None, True, -1, 0, 2**31, 2**63, 1e308, -0.0, [], {}, [[]], {"": None}]


@dataclass(frozen=True)
class HttpRequest:
    """A request as an ASGI server hands it over."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Fuzzer:
    """Makes requests for one schema; the same seed makes the same ones."""

    def __init__(
        self, schema: GraphQLSchema, seed: int, *, credentials: Sequence[str], ids: Sequence[str]
    ) -> None:
        self.random = random.Random(seed)
        self._schema = schema
        self._credentials = credentials
        self._ids = ids

    def http_request(self) -> HttpRequest:
        """Any request to the endpoint, or now and then to a place beside it."""
        pick = self.random
        method = pick.choice(METHODS)
        asked = self.asked()
        media = pick.choice(MEDIA)
        headers = {"accept": pick.choice(ACCEPTS), "content-type": media, **self._odd_headers()}
        credential = self._credential()
        if credential is not None:
            headers["authorization"] = credential
        query = b""
        if method == "GET" or pick.random() < 0.05:
            query = self._damaged(_encoded(asked))
        body = self._multipart(asked) if "multipart" in media else self._json(asked)
        path = "/graphql" if pick.random() < 0.95 else pick.choice(["/graphql/", "//", "/imports"])
        raw = [(name.encode(), value.encode("utf-8")) for name, value in headers.items()]
        return HttpRequest(method, path, query, raw, body)

    def frames(self) -> list[str]:
        """What a client says on one socket."""
        pick = self.random
        credential = self._credential()
        first = {"type": "connection_init", "payload": {"authorization": credential}}
        said: list[Any] = [first] if pick.random() < 0.9 else []
        for _ in range(pick.randint(1, 6)):
            said.append(self._frame())
        return [self._damaged_text(json.dumps(frame), 0.05) for frame in said]

    def asked(self) -> Any:
        """The parameters of a request, mostly of the right types."""
        pick = self.random
        if pick.random() < 0.04:
            return pick.choice([*ODD_VALUES, "text", [{"query": "{ __typename }"}]])
        asked: dict[str, Any] = {"query": self._damaged_text(self.document(), 0.15)}
        if pick.random() < 0.3:
            asked["variables"] = pick.choice([{"v": self._value()}, self._value(), {}])
        if pick.random() < 0.1:
            asked["operationName"] = pick.choice(["Q", "", 1, None, "a" * 300])
        if pick.random() < 0.1:
            persisted = {"version": pick.choice([1, 2, "1"]), "sha256Hash": self._hash()}
            asked["extensions"] = pick.choice([{"persistedQuery": persisted}, self._value()])
            if pick.random() < 0.5:
                del asked["query"]
        return asked

    def document(self) -> str:
        """A document that mostly fits the schema, with arguments that mostly do not."""
        pick = self.random
        kind = pick.choices(["query", "mutation", "subscription"], [6, 3, 2])[0]
        root = {
            "query": self._schema.query_type,
            "mutation": self._schema.mutation_type,
            "subscription": self._schema.subscription_type,
        }[kind]
        assert root is not None, "the schema has all three"
        variables = pick.choice(["", "", "($v: String)", "($v: Int = 3)", "($v: [ID!]!)"])
        fields = [self._field(name, root.fields[name], DEPTH) for name in self._some(root.fields)]
        return f"{kind} Q{variables} {{ {' '.join(fields)} }}"

    def _some(self, names: Any) -> list[str]:
        names = list(names)
        count = self.random.choice([1, 1, 1, 2, 3])
        return self.random.sample(names, min(count, len(names)))

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        alias = f"a{self.random.randint(0, 9)}: " if self.random.random() < 0.1 else ""
        given = [
            f"{argument}: {self._literal(definition, DEPTH)}"
            for argument, definition in field.args.items()
            if isinstance(definition.type, GraphQLNonNull) or self.random.random() < 0.4
        ]
        arguments = f"({', '.join(given)})" if given else ""
        named = get_named_type(field.type)
        selected = self._selected(named, depth - 1) if is_composite_type(named) else ""
        directive = " @include(if: true)" if self.random.random() < 0.02 else ""
        return f"{alias}{name}{arguments}{directive} {selected}"

    def _selected(self, named: Any, depth: int) -> str:
        if not (is_object_type(named) or is_interface_type(named)) or depth <= 0:
            return "{ __typename }"
        fields = [self._field(name, named.fields[name], depth) for name in self._some(named.fields)]
        return "{ " + " ".join(["__typename", *fields]) + " }"

    def _literal(self, definition: GraphQLArgument | Any, depth: int) -> str:
        """A value in the language of documents, of the right type more often than not."""
        pick, kind = self.random, definition.type
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if pick.random() < 0.1:
            return pick.choice(["null", "$v", "-1", "[]", "{}", "ODD", '""', "1e999", "true"])
        if isinstance(kind, GraphQLList):
            return f"[{self._scalar(str(get_named_type(kind)))}]"
        if isinstance(kind, GraphQLEnumType):
            return pick.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType) and depth > 0:
            given = [
                f"{name}: {self._literal(field, depth - 1)}"
                for name, field in kind.fields.items()
                if isinstance(field.type, GraphQLNonNull) or pick.random() < 0.5
            ]
            return "{" + ", ".join(given) + "}"
        return self._scalar(str(kind))

    def _scalar(self, name: str) -> str:
        pick = self.random
        match name:
            case "Int":
                return str(pick.choice([0, 1, 3, 50, 100, 101, -1, 2**31 - 1, 2**31]))
            case "Boolean":
                return pick.choice(["true", "false"])
            case "ID":
                return json.dumps(pick.choice([*self._ids, self._text()]))
            case _:
                return json.dumps(self._text())

    def _text(self) -> str:
        if self.random.random() < 0.5:
            return self.random.choice(ODD_TEXTS)
        return "".join(self.random.choices(string.printable, k=self.random.randint(1, 20)))

    def _value(self) -> Any:
        return self.random.choice([*ODD_VALUES, self._text(), self.random.choice(self._ids)])

    def _hash(self) -> Any:
        return self.random.choice([self.random.randbytes(32).hex(), "", None, "x" * 64, "é" * 64])

    def _credential(self) -> str | None:
        pick = self.random
        if pick.random() < 0.8:
            return "Bearer " + pick.choice(self._credentials)
        forged = "eyJhbGciOiJub25lIn0.e30."
        return pick.choice([None, "", "Bearer", "Bearer " + forged, "Basic eDp5", "Bearer a.b.c"])

    def _odd_headers(self) -> dict[str, str]:
        odd = {
            "content-encoding": "gzip",
            "content-length": "99999999999",
            "last-event-id": self._text(),
            "origin": "https://evil.example",
            "x-requested-with": "fuzz",
            "x-forwarded-for": "not an address",
        }
        return {name: value for name, value in odd.items() if self.random.random() < 0.04}

    def _frame(self) -> Any:
        pick = self.random
        identifier = pick.choice(["1", "2", "", "é", 3, None, "x" * 200])
        return pick.choice(
            [
                {"type": "subscribe", "id": pick.choice(["1", "2", "3"]), "payload": self.asked()},
                {"type": "subscribe", "id": pick.choice(["4", "5", "6"]), "payload": self.asked()},
                {"type": "subscribe", "id": identifier, "payload": self.asked()},
                {"type": "complete", "id": identifier},
                {"type": "ping", "payload": {"authorization": self._credential()}},
                {"type": "ping", "payload": self._value()},
                {"type": "pong"},
                {"type": pick.choice(["connection_init", "start", None, 1])},
                self._value(),
            ]
        )

    def _json(self, asked: Any) -> bytes:
        if self.random.random() < 0.02:
            return b"[" * self.random.choice([10, 5_000])
        return self._damaged(json.dumps(asked).encode())

    def _multipart(self, asked: Any) -> bytes:
        files = json.dumps({"0": ["variables.v"]})
        parts = [("operations", json.dumps(asked)), ("map", files), ("0", "file")]
        text = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts
        )
        return self._damaged((text + "--b--\r\n").encode())

    def _damaged(self, raw: bytes) -> bytes:
        """The bytes, now and then with some of them changed, lost or cut off."""
        if not raw or self.random.random() > 0.1:
            return raw
        at = self.random.randrange(len(raw))
        tail = self.random.choice([b"", raw[at + 1 :], raw[at:]])
        return raw[:at] + self.random.randbytes(self.random.randint(0, 3)) + tail

    def _damaged_text(self, text: str, chance: float) -> str:
        if self.random.random() > chance:
            return text
        at = self.random.randrange(len(text))
        return (
            text[:at] + self.random.choice(["", "{", "}", "\x00", "…", "@", '"']) + text[at + 1 :]
        )


def _encoded(asked: Any) -> bytes:
    if not isinstance(asked, dict):
        return str(asked).encode()
    texts = {key: v if isinstance(v, str) else json.dumps(v) for key, v in asked.items()}
    return urlencode(texts).encode()
