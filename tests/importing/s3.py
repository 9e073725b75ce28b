"""A bucket server that speaks S3's wire: signed requests, ranges, uploads in parts.

Made after the Amazon S3 API reference (PutObject, GetObject, HeadObject, DeleteObject,
DeleteObjects, CreateMultipartUpload, UploadPart, CompleteMultipartUpload) and the description of
Signature Version 4.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

KEY = "AKIATEST"
SECRET = "a secret of the test's"
REGION = "eu-west-1"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,"
    r" ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


@dataclass
class Buckets:
    """An ASGI application with its objects by path; `refuse` answers all with that status."""

    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    uploads: "count[int]" = field(default_factory=lambda: count(1))
    most_parts: int = 0
    puts: int = 0
    address: str = ""
    refuse: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application."""
        request = Request(scope, receive)
        response = await self._answer(request, await request.body())
        await response(scope, receive, send)

    async def _answer(self, request: Request, body: bytes) -> Response:
        if self.refuse is not None:
            return Response(status_code=self.refuse)
        if not signed(request, body):
            return _error(403, "SignatureDoesNotMatch")
        path, query = request.url.path, request.query_params
        match request.method:
            case "PUT" if "partNumber" in query:
                return self._keep_part(query["uploadId"], int(query["partNumber"]), body)
            case "PUT":
                self.objects[path] = body
                self.puts += 1
                return Response(headers={"etag": _tag(body)})
            case "POST" if "uploads" in query:
                return self._begin()
            case "POST" if "uploadId" in query:
                return self._complete(path, query["uploadId"])
            case "POST" if "delete" in query:
                return self._delete_listed(path, body)
            case "DELETE":
                self.objects.pop(path, None)
                return Response(status_code=204)
            case _:
                return self._read(request, path)

    def _begin(self) -> Response:
        name = str(next(self.uploads))
        self.parts[name] = {}
        return _xml(
            "<InitiateMultipartUploadResult>"
            f"<Bucket>b</Bucket><Key>k</Key><UploadId>{name}</UploadId>"
            "</InitiateMultipartUploadResult>"
        )

    def _keep_part(self, upload: str, number: int, body: bytes) -> Response:
        self.parts[upload][number] = body
        return Response(headers={"etag": _tag(body)})

    def _complete(self, path: str, upload: str) -> Response:
        parts = self.parts.pop(upload)
        self.most_parts = max(self.most_parts, len(parts))
        self.objects[path] = b"".join(parts[number] for number in sorted(parts))
        return _xml(
            "<CompleteMultipartUploadResult><Location>l</Location><Bucket>b</Bucket>"
            f"<Key>k</Key><ETag>{_tag(self.objects[path])}</ETag></CompleteMultipartUploadResult>"
        )

    def _delete_listed(self, bucket: str, body: bytes) -> Response:
        keys = re.findall(r"<Key>([^<]+)</Key>", body.decode())
        for key in keys:
            self.objects.pop(f"{bucket.rstrip('/')}/{key}", None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return _xml(f"<DeleteResult>{gone}</DeleteResult>")

    def _read(self, request: Request, path: str) -> Response:
        content = self.objects.get(path)
        if content is None:
            return _error(404, "NoSuchKey")
        headers = {"etag": _tag(content), "last-modified": "Wed, 01 Jan 2025 00:00:00 GMT"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if asked is None:
            return Response(content, headers=headers)
        start, end = int(asked[1]), min(int(asked[2]), len(content) - 1)
        headers["content-range"] = f"bytes {start}-{end}/{len(content)}"
        return Response(content[start : end + 1], 206, headers)


def signed(request: Request, body: bytes) -> bool:
    """Whether the request was signed with the secret (Signature Version 4, in the header)."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if found is None or found[1] != KEY or found[3] != REGION:
        return False
    _, day, region, names, signature = found.groups()
    hashed = request.headers["x-amz-content-sha256"]
    if hashed != "UNSIGNED-PAYLOAD" and hashed != hashlib.sha256(body).hexdigest():
        return False
    pairs = sorted(parse_qsl(request.url.query, keep_blank_values=True))
    canonical = "\n".join(
        (
            request.method,
            quote(request.url.path, safe="/-_.~"),
            "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs),
            *(f"{name}:{request.headers[name].strip()}" for name in names.split(";")),
            "",
            names,
            hashed,
        )
    )
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = f"AWS4{SECRET}".encode()
    for piece in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, piece.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature)


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _xml(text: str) -> Response:
    return Response(f'<?xml version="1.0"?>{text}', media_type="application/xml")


def _error(status: int, code: str) -> Response:
    text = f'<?xml version="1.0"?><Error><Code>{code}</Code></Error>'
    return Response(text, status, media_type="application/xml")
