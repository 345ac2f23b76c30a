"""What a simulator is asked and what it answers, free of ASGI."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Ask:
    """One request as it came. `told` holds what a fault tells the simulator to do while it answers."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    told: dict[str, Any] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The first value of a header, empty where it is absent; names in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def path(self) -> str:
        """The path with its percent-encoding undone."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that stands twice, the last."""
        pairs = (part.partition("=") for part in self.target.partition("?")[2].split("&") if part)
        return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


@dataclass(slots=True)
class Reply:
    """What is answered."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def value(self) -> Any:
        """The JSON of the body; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def json_reply(status: int, value: Any, headers: Headers | None = None, media: str = "application/json") -> Reply:
    """A JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, [("content-type", media), *(headers or [])], body)


def whole_number(options: Mapping[str, Any], name: str, default: int) -> int:
    """An option of a fault as a whole number."""
    return int(options.get(name, default))
