"""How an operation is called and what it answers: data that the generated modules hold, and the calls work by."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Literal, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")
Location = Literal["path", "query", "header", "cookie"]
Kind = Literal["json", "form", "multipart", "text", "binary", "lines", "events"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter, as it is written into a request (OpenAPI's styles)."""

    name: str
    location: Location
    style: str
    explode: bool = False
    required: bool = False
    allow_reserved: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """How one member of a form is written."""

    name: str
    content_type: str = ""
    style: str = ""
    explode: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request."""

    media_type: str
    kind: Kind
    required: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that the contract declares. `status` such as `200`, `4XX`, `default`."""

    status: str
    kind: Kind
    media_type: str = ""
    type: Callable[[], Any] | None = None
    """Gives the type of the value; None: there is no body."""

    def covers(self, status: int) -> bool:
        """Whether an answer of this status is meant."""
        return self.status in (str(status), f"{status // 100}XX")


@cache
def adapter_of(kind: Callable[[], Any]) -> TypeAdapter[Any]:
    """What reads values of a type; made at its first use."""
    return TypeAdapter(kind())


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One operation; `T` is what a call gives back."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    """Successes, the usual one first."""
    failures: tuple[Answer, ...] = ()
    security: tuple[tuple[str, ...], ...] | None = None
    """Names of schemes: one of the groups is needed. None: the contract says nothing; empty: anybody may call."""

    @property
    def safe(self) -> bool:
        """Whether a call only reads, by its method."""
        return self.method in ("GET", "HEAD", "OPTIONS", "QUERY", "TRACE")

    @property
    def label(self) -> str:
        """Its method and path, without any value."""
        return f"{self.method} {self.path}"

    def answer_for(self, status: int) -> Answer | None:
        """What the contract declares for a success of this status; the usual answer where it declares nothing."""
        for answer in self.answers:
            if answer.covers(status):
                return answer
        return self.answers[0] if self.answers else None

    def streams(self, status: int) -> bool:
        """Whether a success of this status is read piece by piece."""
        answer = self.answer_for(status)
        return answer is not None and answer.type is not None and answer.kind in ("binary", "lines", "events")

    @property
    def accept(self) -> str:
        """What is asked for with the header Accept."""
        wanted = dict.fromkeys(answer.media_type for answer in self.answers if answer.media_type)
        if not wanted:
            return "application/json, application/problem+json, */*;q=0.5"
        return ", ".join([*wanted, "application/problem+json;q=0.9"])


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to say who calls."""

    name: str
    kind: Literal["bearer", "basic", "key", "other"]
    location: Literal["header", "query", "cookie"]
    wire: str
    token_url: str = ""


@dataclass(frozen=True, slots=True)
class Paging:
    """How the pages of a list follow each other."""

    kind: Literal["link", "header", "cursor", "offset", "page", "last"]
    items: tuple[str, ...]
    next: tuple[str, ...] = ()
    parameter: int = -1
    """The place, among the operation's parameters, of the one that changes from page to page."""
    key: str = ""
    """Which member of the last record it wants; `next` then says whether there is more."""
