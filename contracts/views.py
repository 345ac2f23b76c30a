"""Frozen views over the parts of an operation; each knows its JSON pointer in the document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ParameterLocation = Literal["path", "query", "querystring", "header", "cookie"]


@dataclass(frozen=True, slots=True)
class SchemeUse:
    """One security scheme asked for by an operation. `unsupported`: not served until an overlay maps it."""

    name: str
    kind: Literal["oauth2", "bearer", "api_key", "unsupported"]
    scopes: frozenset[str]
    pointer: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter or one response header; either `schema` or `content` says what it holds."""

    name: str
    location: ParameterLocation
    required: bool
    style: str
    explode: bool
    allow_reserved: bool
    allow_empty_value: bool
    schema: Any | None
    content: "Mapping[str, MediaType]"
    pointer: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one part of a multipart body is written. `by_style`: as a query parameter is, whatever its media type."""

    content_type: str
    by_style: bool
    style: str
    explode: bool
    headers: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class MediaType:
    """One media type of a body. `schema` is None where the contract states none.

    `encoding` is as written; `parts`, `prefix_parts` and `item_parts` are the same of a multipart body, read.
    """

    schema: Any | None
    item_schema: Any | None
    encoding: Mapping[str, Any]
    pointer: str
    parts: Mapping[str, Encoding] = field(default_factory=dict)
    prefix_parts: tuple[Encoding, ...] = ()
    item_parts: Encoding | None = None


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What a request may carry, by media type or media range."""

    required: bool
    content: Mapping[str, MediaType]
    pointer: str


@dataclass(frozen=True, slots=True)
class Response:
    """One response; `status` is `200`, `2XX` or `default`."""

    status: str
    content: Mapping[str, MediaType]
    headers: Mapping[str, Parameter]
    pointer: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `security` is None where the document states none at all: then it is not served.

    `pointer` goes by way of `paths` and names one operation only; it may lead over a `$ref` (`Document.resolve`).
    `at_fault` says what is wrong with the description of an operation that a vendor wrote: then it is not served.
    """

    operation_id: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    responses: Mapping[str, Response]
    security: tuple[tuple[SchemeUse, ...], ...] | None
    deprecated: bool
    extensions: Mapping[str, Any]
    at_fault: str = ""
