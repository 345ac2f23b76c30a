"""What a client is written from, in any language: operations, their arguments, bodies, answers, and all shapes.

Nothing here is Python's own but the names; a writer for another language starts from the same description.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from codegen.shapes.shape import EnumShape, ObjectShape, Shape

Location = Literal["path", "query", "header", "cookie"]
BodyKind = Literal["json", "form", "multipart", "text", "binary", "lines", "events"]
"""How bytes become a value. `lines`: one JSON text a line; `events`: server-sent events."""
SchemeKind = Literal["bearer", "basic", "key", "other"]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem that the server in front of the API refuses with. `name` is the last segment of its URI."""

    name: str
    status: int
    title: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to say who calls."""

    name: str
    kind: SchemeKind
    location: Literal["header", "query", "cookie"]
    wire: str
    """The name of the header, query parameter or cookie."""
    token_url: str
    """Where client credentials are exchanged for a token; empty where the contract does not say."""
    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of an operation."""

    wire: str
    name: str
    location: Location
    shape: Shape
    required: bool
    style: str
    explode: bool
    allow_reserved: bool
    json: bool
    """Whether its value is JSON text."""
    text: str


@dataclass(frozen=True, slots=True)
class PartRule:
    """How one member of a form is written, where the contract says so."""

    wire: str
    content_type: str
    style: str
    explode: bool


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of a request."""

    media_type: str
    kind: BodyKind
    shape: Shape
    required: bool
    text: str
    parts: tuple[PartRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer that the contract declares. `statuses` such as `200`, `4XX`; `shape` None: no body."""

    status: str
    media_type: str
    kind: BodyKind
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Paging:
    """How the answers of an operation go on.

    `items` and `next` are paths of member names in the answer. `link`: the address of the next page stands in the body;
    `header`: in the header Link; `cursor`: what `parameter` wants stands in the body; `offset`: `parameter` counts
    records; `page`: `parameter` counts pages; `last`: `parameter` wants what the last record has as `key`, as long as
    `next` is true.
    """

    kind: Literal["link", "header", "cursor", "offset", "page", "last"]
    items: tuple[str, ...]
    item: Shape
    next: tuple[str, ...] = ()
    parameter: str = ""
    """The name in Python of the argument that changes from page to page."""
    key: str = ""
    """The name in JSON of a member of a record."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    id: str
    resource: str
    """The name in Python of the resource that it belongs to."""
    name: str
    """Its name in Python."""
    method: str
    path: str
    summary: str
    text: str
    deprecated: bool
    arguments: tuple[Argument, ...]
    payload: Payload | None
    successes: tuple[Outcome, ...]
    failures: tuple[Outcome, ...]
    security: tuple[tuple[str, ...], ...] | None
    """Names of schemes; None where the contract says nothing, an empty tuple where it says that anybody may call."""
    paging: Paging | None


@dataclass(frozen=True, slots=True)
class Resource:
    """Operations that belong together."""

    name: str
    class_name: str
    tag: str
    text: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation that no client can be written for, with the reason."""

    method: str
    path: str
    reason: str
    pointer: str


@dataclass(frozen=True, slots=True)
class ClientDescription:
    """A whole client."""

    title: str
    version: str
    """`info.version`."""
    digest: str
    """`sha256:...` of the published contract, whatever it was written in."""
    text: str
    base_url: str
    """Where the API is served; empty where the contract does not say."""
    schemes: tuple[Scheme, ...]
    resources: tuple[Resource, ...]
    enums: tuple[EnumShape, ...]
    received: tuple[ObjectShape, ...]
    sent: tuple[ObjectShape, ...]
    problems: tuple[ProblemType, ...]
    left_out: tuple[LeftOut, ...]
    contract: Mapping[str, Any]
    """The published document."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, resource by resource."""
        return tuple(operation for resource in self.resources for operation in resource.operations)
