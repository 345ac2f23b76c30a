"""The document that consumers get of a contract: a copy that is built, not filtered.

Only what OpenAPI names is taken over, and extensions that people have a use for; `servers` is the gateway's address.
Other files' parts stand under neutral names, systems' addresses are the gateway's, and what is marked
`x-internal: true` (paths, operations, tags, examples) is left out with the components that nothing else uses.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from contracts import bundle
from contracts.bundle import File
from contracts.contract import Contract
from contracts.document import Document
from contracts.document_text import as_json
from contracts.object_keys import KEYS, Key
from contracts.sites import sites
from contracts.written import pointer_to

EXTENSIONS: Final = frozenset((
    "x-enum-descriptions", "x-enum-varnames", "x-extensible-enum", "x-nullable", "x-odata", "x-stability-level",
    "x-sunset", "x-unit",
))  # fmt: skip
"""Extensions that are taken over; every other one may tell of the inside."""
PARTS: Final = "x-parts"
"""The member under which stands what the document takes from other files."""

_READ_AS: Final = "vendor.json"
_INTERNAL: Final = "x-internal"
_HIDDEN_KINDS: Final = frozenset(("path-item", "operation", "tag", "example"))
_NAMED_KINDS: Final = {"paths": Key("path-item", "named"), "callback": Key("path-item", "named"),
                       "responses": Key("response", "named")}  # fmt: skip
_DROPPED: Final = frozenset(("$comment", "servers", "server"))
_FRAGMENT: Final = "/~!$&'()*+,;=:@"


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """A document for consumers."""

    tree: dict[str, Any]
    digest: str
    """`sha256:...` of what it promises: the same in every environment, since `servers` does not count."""

    def document(self) -> Document:
        """The tree as a document, to be read again."""
        return document_of(self.tree, self.digest)


@dataclass(frozen=True, slots=True)
class Disguise:
    """A text that consumers must not see, and what stands in its place."""

    text: str
    instead: str


def published_document(contract: Contract, base_url: str, disguises: Sequence[Disguise] = ()) -> PublishedDocument:
    """What consumers get of a contract that is taken by calls at `base_url`. Its pins have been taken out before."""
    tree: dict[str, Any] = {}
    for key, value in _Copy(contract, disguises).run().items():
        tree[key] = value
        if key == "info":
            tree["servers"] = [{"url": base_url}]
    return PublishedDocument(tree, digest_of(tree))


def document_of(tree: dict[str, Any], digest: str) -> Document:
    """A published tree as a document. It is read as a vendor's: what is at fault in it was told when it was loaded."""
    return Document(_READ_AS, tree, digest, (File(_READ_AS, b"{}", tree),))


def digest_of(tree: Mapping[str, Any]) -> str:
    """`sha256:...` of what a document promises: in whatever order, form and environment, so without its `servers`."""
    promised = {key: value for key, value in tree.items() if key != "servers"}
    return f"sha256:{hashlib.sha256(as_json(promised, indent=0, sort=True).encode()).hexdigest()}"


def _keys() -> Mapping[str, Mapping[str, Key]]:
    """Keys of all versions by kind: a key of another version misleads nobody."""
    merged: dict[str, dict[str, Key]] = {}
    for tables in KEYS.values():
        for kind, keys in tables.items():
            merged.setdefault(kind, {}).update(keys)
    return merged


_KEYS: Final = _keys()


class _Copy:
    def __init__(self, contract: Contract, disguises: Sequence[Disguise]) -> None:
        self._document = contract.document
        self._tree = contract.document.tree
        ordered = sorted(disguises, key=lambda one: -len(one.text))
        self._instead = {one.text.lower(): one.instead for one in reversed(ordered)}
        either = "|".join(re.escape(one.text) for one in ordered)
        self._hidden = re.compile(rf"(?<![\w-])(?:{either})(?![\w-]|\.\w)", re.IGNORECASE) if ordered else None
        self._under = {file.under: f"/{PARTS}/{n}" for n, file in enumerate(self._document.files[1:], 1) if file.under}
        self._referred: dict[str, str] = {}
        """Pointers that references lead to, with the kind of object that has to stand there."""
        self._out: frozenset[str] = frozenset()

    def run(self) -> dict[str, Any]:
        self._out = self._only_inside()
        made: dict[str, Any] = self._object(self._tree, "document", "")
        for site in sites(self._tree):
            if site.kind in ("id", "anchor"):
                self._referred.setdefault(pointer_to(*site.way), "schema")
        copies: dict[str, Any] = {}
        while waiting := [pointer for pointer in self._referred if pointer not in copies]:
            for pointer in waiting:
                found = _at(self._tree, pointer)
                missing = found is None or pointer in self._out
                copies[pointer] = None if missing else self._value(found, self._referred[pointer], pointer)
        for pointer in sorted(copies, key=lambda one: one.count("/")):
            if copies[pointer] is not None:
                _put(made, self._renamed(pointer), copies[pointer])
        return made

    # Objects.

    def _value(self, value: Any, kind: str, at: str) -> Any:
        return self._object(value, kind, at) if kind and isinstance(value, dict) else self._data(value)

    def _object(self, node: dict[str, Any], kind: str, at: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                made[key] = self._reference(value, kind)
                continue
            held = _NAMED_KINDS[kind] if kind in _NAMED_KINDS else _KEYS.get(kind, {}).get(key)
            if key.startswith("x-") and kind != "callback":
                held = Key() if key in EXTENSIONS else None
            if held is None or key in _DROPPED:
                continue
            self._member(made, key, value, held, kind, f"{at}{pointer_to(key)}")
        return made

    def _member(self, made: dict[str, Any], key: str, value: Any, held: Key, kind: str, at: str) -> None:
        name = self._text(key) if kind in _NAMED_KINDS else key
        if kind == "discriminator" and key in ("mapping", "defaultMapping"):
            made[name] = self._mapping(value)
        elif key == "operationRef" and isinstance(value, str):
            if value.startswith("#/"):
                made[name] = self._renamed_reference(value)
        elif held.kind and held.form == "list" and isinstance(value, list):
            items = ((item, f"{at}/{number}") for number, item in enumerate(value))
            made[name] = [self._value(item, held.kind, place) for item, place in items
                          if not _is_internal(item, held.kind)]  # fmt: skip
        elif held.kind and held.form == "named" and isinstance(value, dict) and kind not in _NAMED_KINDS:
            made[name] = {
                self._text(child): self._value(item, held.kind, at + pointer_to(child))
                for child, item in value.items()
                if not _is_internal(item, held.kind)
                and at + pointer_to(child) not in self._out
                and not (kind == "components" and child.startswith("x-") and child not in EXTENSIONS)
            }
        elif not _is_internal(value, held.kind):
            made[name] = self._value(value, held.kind, at)

    def _mapping(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._mapped(value)
        if not isinstance(value, dict):
            return self._data(value)
        return {self._text(name): self._mapped(to) if isinstance(to, str) else self._data(to)
                for name, to in value.items()}  # fmt: skip

    def _mapped(self, to: str) -> str:
        return self._reference(to, "schema") if to.startswith("#/") else self._text(to)

    # References.

    def _reference(self, reference: str, kind: str) -> str:
        if not reference.startswith("#/"):
            return reference
        self._referred.setdefault(unquote(reference[1:]), kind)
        return self._renamed_reference(reference)

    def _renamed_reference(self, reference: str) -> str:
        pointer = unquote(reference[1:])
        renamed = self._renamed(pointer)
        return reference if renamed == pointer else f"#{quote(renamed, safe=_FRAGMENT)}"

    def _renamed(self, pointer: str) -> str:
        file, inside = bundle.origin(self._document.files, pointer) if self._under else (None, pointer)
        return self._under[file.under] + inside if file is not None and file.under in self._under else pointer

    def _only_inside(self) -> frozenset[str]:
        """Components that internal parts use and nothing else does."""
        inside: list[Any] = []
        others: list[Any] = []
        paths = self._tree.get("paths")
        for item in paths.values() if isinstance(paths, dict) else ():
            if _is_internal(item, "path-item"):
                inside.append(item)
                continue
            for child in item.values() if isinstance(item, dict) else ():
                (inside if _is_internal(child, "operation") else others).append(child)
        if not inside:
            return frozenset()
        others.append({key: value for key, value in self._tree.items() if key not in ("paths", "components")})
        return frozenset(self._reached(inside) - self._reached(others))

    def _reached(self, roots: Iterable[Any]) -> set[str]:
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            for reference in _references(waiting.pop()):
                pointer = unquote(reference[1:])
                if pointer not in found:
                    found.add(pointer)
                    waiting.append(_at(self._tree, pointer))
        return found

    # Data.

    def _data(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._text(name): self._data(child) for name, child in value.items()}
        if isinstance(value, list):
            return [self._data(child) for child in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if self._hidden is None:
            return text
        return self._hidden.sub(lambda found: self._instead[found[0].lower()], text)


def _is_internal(value: Any, kind: str) -> bool:
    return kind in _HIDDEN_KINDS and isinstance(value, dict) and value.get(_INTERNAL) is True


def _references(value: Any) -> Iterator[str]:
    """Every `$ref` into the document, and every text of a discriminator's mapping that is one."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, str) and node.startswith("#/"):
            yield node


def _at(tree: Any, pointer: str) -> Any:
    """The value at a pointer; None where there is none, or where a reference would have to be followed."""
    value = tree
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _put(tree: dict[str, Any], pointer: str, value: Any) -> None:
    """Put a value at a pointer, unless something stands there."""
    node: Any = tree
    *way, last = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]] or [""]
    for name in way:
        if isinstance(node, list):
            if not (name.isdecimal() and int(name) < len(node)):
                return
            node = node[int(name)]
        elif isinstance(node, dict):
            node = node.setdefault(name, {})
        else:
            return
    if isinstance(node, dict):
        node.setdefault(last, value)
