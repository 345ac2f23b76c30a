"""Findings that have one cause: a rule says the same of the same statement of a contract, at several operations.

A header that every operation takes by reference, or states alike, is one matter to decide on, not thirty.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from contracts.contract import Operation
from contracts.document import Document, UnresolvedReferenceError
from governance.fuzz.judge.rule import Hit
from governance.lint.identity import fingerprint

Told = TypeVar("Told")
_WORDS: Final = frozenset({"description", "summary", "title", "example", "examples", "$comment"})
"""What states nothing: the same schema may be described differently in two contracts."""
_NAMES: Final = frozenset({"properties", "patternProperties", "$defs"})


def cause_of(hit: Hit, severity: str, document: Document, operation: Operation) -> str:
    """12 hexadecimal digits: the same for every finding of the rule with these words about such a statement."""
    stated = _stated(document, hit.pointer, operation.pointer)
    return fingerprint(hit.rule.id, f"{severity}\n{hit.message}\n{hit.reason}\n{stated}")


def by_cause(findings: Iterable[Told], cause: Callable[[Told], str]) -> list[list[Told]]:
    """Findings of one cause together, each where its first one stood."""
    found: dict[str, list[Told]] = {}
    for one in findings:
        found.setdefault(cause(one), []).append(one)
    return list(found.values())


def _stated(document: Document, pointer: str, of_operation: str) -> str:
    """Digest of what the contract states there; empty where that is about the operation as a whole."""
    if not pointer or pointer == of_operation or pointer.startswith(f"{of_operation}/responses"):
        return ""
    try:
        value, _ = document.step(pointer)
    except UnresolvedReferenceError:
        return ""
    text = json.dumps(_bare(value), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _bare(value: Any, *, names: bool = False) -> Any:
    """Without words; `names`: keys are members' own."""
    if isinstance(value, Mapping):
        return {key: _bare(held, names=key in _NAMES and not names) for key, held in value.items()
                if names or key not in _WORDS}  # fmt: skip
    return [_bare(one) for one in value] if isinstance(value, list) else value
