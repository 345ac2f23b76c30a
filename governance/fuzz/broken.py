"""Bodies that break one keyword of the contract each, made of a good one: does the system look at what it is sent?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from contracts.contract import Contract, Operation
from contracts.probe.breaks import breaks
from contracts.probe.judge import Judge
from contracts.probe.raw import Raw, UnknownError

_MOST: Final = 24
_TRIES: Final = 300


def broken(contract: Contract, operation: Operation, body: Any) -> Iterator[tuple[str, Any]]:
    """(keyword, body); nothing where the schema cannot be read as it is written."""
    content = operation.request_body.content if operation.request_body is not None else {}
    media = next((one for name, one in content.items() if "json" in name and one.schema is not None), None)
    if media is None:
        return
    raw = Raw(contract.document.tree, contract.version == "3.0", "request")
    try:
        place = raw.at(f"#{media.pointer}/schema")
    except UnknownError:
        return
    for one in breaks(raw, Judge(raw), place, body, _MOST, _TRIES):
        yield one.keyword, one.value


def starts(bodies: Sequence[Any]) -> list[Any]:
    """The first body, and the one with the most members: between them they hold what can be broken."""
    fullest = max(bodies, key=_size)
    return [bodies[0]] if _size(fullest) <= _size(bodies[0]) else [bodies[0], fullest]


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(1 + _size(one) for one in value.values())
    return sum(map(_size, value[:1])) if isinstance(value, list) else 0


def kept_broken(good: Any, bad: Any, fresh: Any) -> Any:
    """The fresh body with what is broken in the bad one: a second record of one name would be refused for that."""
    if not (isinstance(good, Mapping) and isinstance(bad, Mapping) and isinstance(fresh, Mapping)):
        return bad
    return {name: fresh.get(name, value) if name in good and good[name] == value else value
            for name, value in bad.items()}  # fmt: skip
