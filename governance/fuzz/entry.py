"""One recorded call: what was asked, what went to the system and came back, what was answered."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Headers = tuple[tuple[str, str], ...]
"""Names in lower case."""
Kind = Literal["main", "proof", "own"]
"""What an exchange was for: the call itself, proof of whose a record is, or the gateway's own token or session."""
Part = Literal["learn", "fuzz", "probe", "clean-up", "gateway", "limits"]
"""What a call was made for: to learn identifiers, by the fuzzer, by a probe of ours, to take back what was made, again
through the whole gateway, or to try a stated limit.
"""
Failure = Literal["", "unreachable", "timeout", "closed", "not-http", "too-large"]
"""How an exchange ended without a whole answer; empty where there is one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request. `body` is None where it was not kept: a stream."""

    method: str
    target: str
    """Path and query, as they stood on the wire."""
    headers: Headers = ()
    body: bytes | None = b""

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Without `?`."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Received:
    """An answer. `body` is None where it was larger than what is kept."""

    status: int
    headers: Headers = ()
    body: bytes | None = b""

    def header(self, name: str) -> str:
        """The first value, or nothing."""
        return next((value for known, value in self.headers if known == name), "")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One message to the system and what came of it."""

    kind: Kind
    sent: Sent
    received: Received | None
    failure: Failure
    seconds: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. `number` counts from 1 in the order in which calls ended."""

    number: int
    part: Part
    operation: str
    """`api@version operationId`."""
    call: Sent
    """As it came: the published path and the caller's own headers."""
    exchanges: tuple[Exchanged, ...]
    received: Received
    """What the caller was answered."""
    problem: str
    """The problem by which it was refused on the way; empty where the system's answer came back."""
    at_seconds: float
    """Since the run began."""
    case: str = ""
    """The fuzzer's own name of the test case."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What a probe was about: its name, the entry that it repeats."""

    @property
    def main(self) -> Exchanged | None:
        """The exchange that the call was for; None where it never got that far."""
        return next((one for one in reversed(self.exchanges) if one.kind == "main"), None)

    @property
    def status(self) -> int:
        """What the system answered; 0 where it did not."""
        main = self.main
        return 0 if main is None or main.received is None else main.received.status


def to_json(entry: Entry) -> dict[str, Any]:
    """One line of a recording."""
    made: dict[str, Any] = {
        "n": entry.number, "part": entry.part, "operation": entry.operation, "at": round(entry.at_seconds, 4),
        "call": _sent(entry.call), "exchanges": [_exchanged(one) for one in entry.exchanges],
    }  # fmt: skip
    main = entry.main
    same = main is not None and main.received is not None and main.received.body == entry.received.body
    made["answer"] = _received(entry.received, same=same)
    for name in ("problem", "case"):
        if getattr(entry, name):
            made[name] = getattr(entry, name)
    if entry.about:
        made["about"] = dict(entry.about)
    return made


def from_json(line: Mapping[str, Any]) -> Entry:
    """Raises KeyError, TypeError or ValueError for what is no entry."""
    exchanges = tuple(
        Exchanged(one["kind"], _read_sent(one["sent"]), _read_received(one["answer"], None) if one["answer"] else None,
                  one["failure"], float(one["seconds"]))
        for one in line["exchanges"]
    )  # fmt: skip
    main = next((one for one in reversed(exchanges) if one.kind == "main"), None)
    same = None if main is None or main.received is None else main.received.body
    return Entry(
        int(line["n"]), line["part"], str(line["operation"]), _read_sent(line["call"]), exchanges,
        _read_received(line["answer"], same), str(line.get("problem", "")), float(line["at"]),
        str(line.get("case", "")), dict(line.get("about", {})),
    )  # fmt: skip


def _sent(sent: Sent) -> dict[str, Any]:
    return {"method": sent.method, "target": sent.target, "headers": [list(h) for h in sent.headers],
            **_body(sent.body)}  # fmt: skip


def _received(received: Received, *, same: bool = False) -> dict[str, Any]:
    body = {"same": True} if same else _body(received.body)
    return {"status": received.status, "headers": [list(h) for h in received.headers], **body}


def _exchanged(one: Exchanged) -> dict[str, Any]:
    answer = None if one.received is None else _received(one.received)
    return {"kind": one.kind, "sent": _sent(one.sent), "answer": answer, "failure": one.failure,
            "seconds": round(one.seconds, 4)}  # fmt: skip


def _body(body: bytes | None) -> dict[str, Any]:
    if body is None:
        return {"not_kept": True}
    if not body:
        return {}
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _read_body(line: Mapping[str, Any]) -> bytes | None:
    if line.get("not_kept"):
        return None
    if "base64" in line:
        return base64.b64decode(line["base64"], validate=True)
    return str(line.get("text", "")).encode("utf-8")


def _read_sent(line: Mapping[str, Any]) -> Sent:
    return Sent(str(line["method"]), str(line["target"]), _read_headers(line), _read_body(line))


def _read_received(line: Mapping[str, Any], same: bytes | None) -> Received:
    body = same if line.get("same") else _read_body(line)
    return Received(int(line["status"]), _read_headers(line), body)


def _read_headers(line: Mapping[str, Any]) -> Headers:
    return tuple((str(name), str(value)) for name, value in line["headers"])
