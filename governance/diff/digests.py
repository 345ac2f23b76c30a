"""Digests of the parts of one document, each together with everything that it reaches by reference.

Two parts with equal digests state the same, so they need no comparison; the other way round says nothing. Names of
components count, the order of keys does not. A circle of references is one unit: the parts in it are hashed together.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from contracts.document import Document, UnresolvedReferenceError
from contracts.exact import Rounded, exact
from contracts.references import References

_REFERENCE: Final = re.compile(r'"\$ref": "((?:[^"\\]|\\.)*)"')
_MAPPING: Final = re.compile(r'"mapping": (\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\})')
_SCHEMAS: Final = "/components/schemas/"


@dataclass(slots=True)
class _Part:
    """One part without what it reaches."""

    own: bytes
    targets: tuple[str, ...]


class Digests:
    """Of one document, which must not change meanwhile. Every part is hashed once, whoever asks for it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._parts: dict[str, _Part] = {}
        self._whole: dict[str, bytes] = {}
        self._exact = _has_rounded(document.tree)
        self._names = b""
        version = str(document.tree.get("openapi"))
        if not version.startswith("3.0") and References(document, named=True).has_names():
            # What a reference leads to may depend on any other part then.
            self._names = _hash(self._text(document.tree).encode("utf-8", "surrogatepass"))

    def of(self, pointer: str) -> bytes:
        """The digest of what stands at a JSON pointer, with all that it reaches; of nothing where it leads nowhere."""
        if pointer not in self._whole:
            self._condense(pointer)
        return self._whole[pointer]

    def reached(self, *pointers: str) -> frozenset[str]:
        """The pointers of all that these parts reach by reference, at any depth."""
        seen: set[str] = set()
        waiting = list(pointers)
        while waiting:
            for target in self._part(waiting.pop()).targets:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)

    def _text(self, value: Any) -> str:
        return json.dumps(exact(value) if self._exact else value, sort_keys=True, default=_tagged)

    def _part(self, pointer: str) -> _Part:
        known = self._parts.get(pointer)
        if known is not None:
            return known
        try:
            text = self._text(self._document.step(pointer)[0])
        except (UnresolvedReferenceError, ValueError):
            text = "nowhere"
        except RecursionError:
            text = self._document.digest  # too deep to be told apart from anything else in this document
        made = _Part(
            _hash(text.encode("utf-8", "surrogatepass"), self._names), tuple(dict.fromkeys(self._targets(text)))
        )
        self._parts[pointer] = made
        return made

    def _targets(self, text: str) -> Iterator[str]:
        for written in _REFERENCE.findall(text):
            yield self._target(json.loads(f'"{written}"'))
        if '"mapping": {' in text:
            for written in _MAPPING.findall(text):
                for value in json.loads(written).values():
                    if isinstance(value, str):
                        yield self._target(value if value.startswith("#") else f"#{_SCHEMAS}{value}")

    def _target(self, reference: str) -> str:
        try:
            return self._document.step(reference)[1]
        except (UnresolvedReferenceError, ValueError, RecursionError):
            return reference

    def _condense(self, start: str) -> None:
        """Tarjan's algorithm without recursion: circles are closed before what leads to them."""
        number: dict[str, int] = {}
        low: dict[str, int] = {}
        open_parts: list[str] = []
        on_the_way: list[tuple[str, Iterator[str]]] = []

        def enter(pointer: str) -> None:
            number[pointer] = low[pointer] = len(number)
            open_parts.append(pointer)
            on_the_way.append((pointer, iter(self._part(pointer).targets)))

        enter(start)
        while on_the_way:
            pointer, following = on_the_way[-1]
            target = next(following, None)
            if target is None:
                on_the_way.pop()
                if on_the_way:
                    above = on_the_way[-1][0]
                    low[above] = min(low[above], low[pointer])
                if low[pointer] == number[pointer]:
                    circle = [open_parts.pop()]
                    while circle[-1] != pointer:
                        circle.append(open_parts.pop())
                    self._close(circle)
            elif target in self._whole:
                continue
            elif target in number:
                low[pointer] = min(low[pointer], number[target])
            else:
                enter(target)

    def _close(self, circle: list[str]) -> None:
        inside = set(circle)
        outside = {target for pointer in circle for target in self._part(pointer).targets} - inside
        if len(circle) == 1 and not outside:
            self._whole[circle[0]] = self._part(circle[0]).own
            return
        pieces = [pointer.encode("utf-8", "surrogatepass") + self._part(pointer).own for pointer in sorted(circle)]
        unit = _hash(*pieces[len(circle) == 1 :], *(self._whole[target] for target in sorted(outside)))
        for pointer in circle:
            self._whole[pointer] = _hash(self._part(pointer).own, unit)


def _hash(*pieces: bytes) -> bytes:
    whole = sha256()
    for piece in pieces:
        whole.update(len(piece).to_bytes(8, "big"))
        whole.update(piece)
    return whole.digest()


def _tagged(value: Any) -> list[str]:
    # No JSON value of a document looks like this, since none holds a lone surrogate.
    return ["\ud800", str(value) if isinstance(value, Decimal) else repr(value)]


def _has_rounded(tree: Any) -> bool:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for child in node.values() if type(node) is dict else node if type(node) is list else ():
            kind = type(child)
            if kind is dict or kind is list:
                waiting.append(child)
            elif kind is Rounded:
                return True
    return False
