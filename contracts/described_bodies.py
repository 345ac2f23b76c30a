"""The members that an operation's contract names in each of its bodies: which are unknown, and the body without them.

Made at load time, for one direction, and only where a setting asks for it. A body that cannot be told apart (no such
answer in the contract, no such media type, a form that is not read, too large) is no silent pass: it says why.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from weakref import WeakKeyDictionary

from contracts.annotations import Exempt
from contracts.answer_plan import AnswerPlan
from contracts.bodies import BodyEntry, concrete
from contracts.definition import Definitions
from contracts.items import Cutter, ItemKind, read_item
from contracts.judgement import Violation
from contracts.known_members import ANYWHERE, KnownMembers, Place, TooManyPlacesError
from contracts.media import MediaTable, Named, read_json, read_media_type
from contracts.parameters import UnreadableError
from contracts.request_plan import RequestPlan
from contracts.rule_names import UNDECLARED
from contracts.undeclared import field_name, undeclared_fields, undeclared_in, without_fields, without_undeclared
from contracts.violations import MOST, pointer_of

WORDS: Final = "the contract does not declare this member"
_known: "WeakKeyDictionary[Definitions, KnownMembers]" = WeakKeyDictionary()


class NotToldApartError(Exception):
    """The reason in words why known and unknown members of a body cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a body. `without` gives it without what is unknown; None: it cannot be taken out."""

    violations: tuple[Violation, ...] = ()
    without: Callable[[], bytes] | None = None


NOTHING: Final = Looked()


@dataclass(frozen=True, slots=True)
class ItemLook:
    """Of a streamed answer. `look` takes the bytes of one item, as `Cutter` gives them. Raises NotToldApartError."""

    kind: ItemKind
    look: Callable[[bytes], Looked]


class _Table:
    """The entries of one `content` with their places."""

    def __init__(self, entries: MediaTable[BodyEntry], known: KnownMembers, exempt: Exempt, depth: int) -> None:
        self._entries = entries
        self._exempt = exempt
        self._depth = depth
        self._places: dict[int, Place | None] = {}
        for entry in entries:
            for one in (entry, *(entry.variants or {}).values()):
                try:
                    self._places[id(one)] = _place(one, known)
                except TooManyPlacesError:
                    self._places[id(one)] = None

    def look(self, body: bytes | None, stated: bytes | None) -> Looked:
        named = None if stated is None else read_media_type(stated.decode("latin-1"))
        entry = self._entry(named)
        if entry is None or named is None:
            raise NotToldApartError("the contract does not describe a body of this media type")
        if entry.kind in ("opaque", "text", "octets"):
            return NOTHING
        if entry.kind not in self._LOOKS or not named.utf8:
            raise NotToldApartError("the members of a body of this form cannot be told apart")
        place = self._places[id(entry)]
        if place is ANYWHERE:
            return NOTHING
        if place is None:
            raise NotToldApartError("its schema describes too many different places")
        if body is None:
            raise NotToldApartError("the body is too large to be looked through, or is streamed")
        try:
            return self._LOOKS[entry.kind](self, body, place, entry, named)
        except UnreadableError as error:
            raise NotToldApartError(error.words) from None

    def _entry(self, named: Named | None) -> BodyEntry | None:
        entry = None if named is None else self._entries.match(named)
        return None if entry is None or named is None else concrete(entry, named.essence)

    def items(self, stated: bytes | None) -> ItemLook | None:
        """What looks at the items of a stream, each as soon as it has come; None where nothing does."""
        named = None if stated is None else read_media_type(stated.decode("latin-1"))
        entry = self._entry(named)
        place = None if entry is None else self._places[id(entry)]
        if entry is None or entry.items is None or place is None or place is ANYWHERE:
            return None
        look = self._items

        def look_at(piece: bytes) -> Looked:
            try:
                return look(piece, place, entry, None)
            except UnreadableError as error:
                raise NotToldApartError(error.words) from None

        return ItemLook(entry.items, look_at)

    def _json(self, body: bytes, place: Place, entry: BodyEntry, _: Named) -> Looked:
        found = self._violations(undeclared_in(read_json(body, self._depth), place, self._exempt), "", entry)
        return Looked(found, lambda: without_undeclared(body, place, self._exempt)) if found else NOTHING

    def _items(self, body: bytes, place: Place, entry: BodyEntry, _: Named | None) -> Looked:
        kind: ItemKind = "lines" if entry.kind == "lines" else "sequence" if entry.kind == "sequence" else "events"
        cutter = Cutter(kind)
        pieces = [piece for piece in (*cutter.feed(body), cutter.rest()) if piece]
        found: list[Violation] = []
        number = 0
        for piece in pieces:
            for value in read_item(kind, piece, self._depth):
                found += self._violations(undeclared_in(value, place, self._exempt), f"/{number}", entry)
                number += 1
        if not found:
            return NOTHING
        if kind == "events":
            return Looked(tuple(found[:MOST]))

        def without() -> bytes:
            return b"".join(without_undeclared(piece, place, self._exempt) for piece in pieces)

        return Looked(tuple(found[:MOST]), without)

    def _parts(self, body: bytes, place: Place, entry: BodyEntry, named: Named) -> Looked:
        if entry.multipart is None:
            raise NotToldApartError("the members of a body of this form cannot be told apart")
        value = entry.multipart.value(body, named)
        return Looked(self._violations(undeclared_in(value, place, self._exempt), "", entry))

    def _form(self, body: bytes, place: Place, entry: BodyEntry, _: Named) -> Looked:
        names = [(field_name(pair),) for pair in undeclared_fields(body, place)]
        found = self._violations(iter(names), "", entry)
        return Looked(found, lambda: without_fields(body, place)) if found else NOTHING

    def _violations(self, paths: Iterator[tuple[Any, ...]], before: str, entry: BodyEntry) -> tuple[Violation, ...]:
        found = []
        for path in paths:
            found.append(Violation("body", before + pointer_of(path), UNDECLARED, WORDS, f"{entry.pointer}/schema"))
            if len(found) >= MOST:
                break
        return tuple(found)

    _LOOKS: ClassVar = {
        "json": _json, "form": _form, "multipart": _parts, "lines": _items, "sequence": _items, "events": _items,
    }  # fmt: skip


def _place(entry: BodyEntry, known: KnownMembers) -> Place:
    """Where a body stands; of lines and their kin, where each item stands."""
    if entry.kind in ("lines", "sequence", "events"):
        return known.of_items(entry.key, entry.item_key)
    return ANYWHERE if entry.key is None else known.of(entry.key)


class RequestBodies:
    """Of an operation's requests."""

    def __init__(self, plan: RequestPlan, definitions: Definitions, exempt: Exempt, depth: int) -> None:
        self._table = _Table(plan.body, _known_of(definitions), exempt, depth) if plan.body else None

    def look(self, headers: Mapping[bytes, bytes], body: bytes | None) -> Looked:
        """Raises NotToldApartError. A body that the contract does not ask for is refused elsewhere."""
        if body == b"" or self._table is None:
            return NOTHING
        return self._table.look(body, headers.get(b"content-type"))


class AnswerBodies:
    """Of an operation's answers."""

    def __init__(self, plan: AnswerPlan, definitions: Definitions, exempt: Exempt, depth: int) -> None:
        self._plan = plan
        self._tables = {
            id(response): _Table(response.body, _known_of(definitions), exempt, depth)
            for response in plan.by_status.values()
            if response.body is not None
        }

    def look(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes | None) -> Looked:
        """Raises NotToldApartError."""
        if body == b"" or status in (204, 304) or status < 200:
            return NOTHING
        response = self._plan.response(status)
        if response is None:
            raise NotToldApartError(f"the contract does not describe an answer of {status}")
        table = self._tables.get(id(response))
        if table is None:
            raise NotToldApartError("the contract does not describe a body of this answer")
        return table.look(body, _media_type_of(headers))

    def items(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> ItemLook | None:
        """What looks at the items of a streamed answer; None where it cannot be looked at item by item."""
        response = self._plan.response(status)
        table = None if response is None else self._tables.get(id(response))
        return None if table is None else table.items(_media_type_of(headers))


def _media_type_of(headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    return next((value for name, value in headers if name == b"content-type"), None)


def _known_of(definitions: Definitions) -> KnownMembers:
    known = _known.get(definitions)
    if known is None:
        known = _known[definitions] = KnownMembers(definitions.definitions)
    return known
