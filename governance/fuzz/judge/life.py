"""The life of a record: made and there, changed and changed, deleted and gone; with a condition that counts.

Told from the order of the calls of one run, whoever made them. What a system writes in another way but means the same
(`2` for `2.000`) is the same.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from governance.finding import Severity
from governance.fuzz.judge.gathered import Gathered
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case, Seen
from governance.fuzz.made import Paths, Record

NOT_THERE: Final = FuzzRule(
    "created-not-there", Severity.BREAKING,
    "The system says that it made a record, and does not find it afterwards.",
    "Let the system's owner look at it: callers lose what they wrote.",
)  # fmt: skip
STILL_THERE: Final = FuzzRule(
    "deleted-still-there", Severity.BREAKING,
    "The system says that it deleted a record, and still answers with it.",
    "Let the system's owner look at it, or describe what deleting means.",
)  # fmt: skip
WRITTEN_DIFFERENTLY: Final = FuzzRule(
    "written-differently", Severity.BREAKING,
    "A write was accepted, and another value is kept than was sent: cut, rounded, or none at all.",
    "Let the system refuse what it cannot keep; say in the contract how long or how exact a value may be.",
)  # fmt: skip
CONDITION_IGNORED: Final = FuzzRule(
    "condition-ignored", Severity.BREAKING,
    "A change with an `If-Match` that names no state of the record was carried out: two callers overwrite each other.",
    "Let the system compare ETags, or take the condition out of the contract.",
)  # fmt: skip
OVERWRITES: Final = FuzzRule(
    "patch-overwrites", Severity.BREAKING,
    "A PATCH emptied members that it did not name: who changes one thing loses others.",
    "Let the system change what it is sent, or offer PUT in its place.",
)  # fmt: skip
TAG_STAYS: Final = FuzzRule(
    "etag-stays", Severity.BREAKING,
    "A record was changed and kept its ETag: a caller that read it before overwrites the change without knowing.",
    "Let the system give a new ETag with each change.",
)  # fmt: skip
_ENVELOPES: Final = ("d", "data", "result", "value", "item")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}|/Date\(")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_GONE_WORDS: Final = frozenset({
    "deleted", "inactive", "archived", "cancelled", "canceled", "closed", "obsolete", "withdrawn", "removed", "void",
})  # fmt: skip
_ROUNDED: Final = "rounded"
_GONE: Final = frozenset({404, 410})
_NUMBER: Final = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?")

Key = tuple[str, tuple[str, ...]]


@dataclass(slots=True)
class _Known:
    """What the run knows of one record."""

    made: Seen | None = None
    deleted: Seen | None = None
    written: dict[str, tuple[Any, Seen]] = field(default_factory=dict)
    """By member: what was sent last, and by which call."""
    read: dict[str, Any] = field(default_factory=dict)
    """By member: what was read last."""
    tag: str = ""
    """The ETag as it was read last."""
    current: str = ""
    """The ETag that the record has, as far as is known; empty where it may be another by now."""
    named: set[str] = field(default_factory=set)
    """Members that changes have named since it was read."""
    changed: Seen | None = None
    """The last change since it was read."""


def lives(case: Case) -> Iterator[Hit]:
    """All questions, in one walk through the run."""
    walk = _Walk()
    for seen in case.of_run():
        walk.step(seen)
    yield from walk.hits()


class _Walk:
    def __init__(self) -> None:
        self._gathered = {rule.id: Gathered(rule) for rule in RULES}
        self._known: dict[tuple[str, Key], _Known] = {}
        self._paths: dict[str, Paths] = {}

    def hits(self) -> Iterator[Hit]:
        for found in self._gathered.values():
            yield from found.hits()

    def step(self, seen: Seen) -> None:
        target = seen.subject.target
        if target.name not in self._paths:
            self._paths[target.name] = Paths(target)
        paths = self._paths[target.name]
        record = paths.record(seen.entry.call.path.removeprefix(target.base))
        method = seen.compiled.method
        if record is not None and record.values:
            known = self._known.setdefault((target.name, record.key), _Known())
            if method == "GET" and record.template == seen.compiled.template:
                self._read(seen, known)
            elif method == "DELETE" and seen.accepted:
                self._condition(seen, known)
                known.deleted, known.made = seen, None
                known.written.clear()
                known.current = ""
            elif method in ("PUT", "PATCH") and seen.accepted:
                self._condition(seen, known)
                self._write(seen, known)
        if method == "POST" and seen.accepted:
            self._create(seen, paths, record)

    def _create(self, seen: Seen, paths: Paths, record: Record | None) -> None:
        received = None if seen.main is None else seen.main.received
        if received is None:
            return
        values: Mapping[str, str] = record.values if record is not None else {}
        made = paths.created(seen.operation, values, dict(received.headers), received.body or b"")
        if made is None:
            self._compare(seen, _sent(seen), members_of(seen.answer_json), {}, seen)
            return
        known = self._known.setdefault((seen.subject.target.name, made.key), _Known())
        known.made, known.deleted = seen, None
        known.current = received.header("etag") or _tag_in(members_of(seen.answer_json))
        known.written = {name: (value, seen) for name, value in _sent(seen).items()}
        self._compare(seen, _sent(seen), members_of(seen.answer_json), {}, seen)

    def _write(self, seen: Seen, known: _Known) -> None:
        known.changed = seen
        known.named |= set(members_of(seen.sent_json))
        for name, value in _sent(seen).items():
            known.written[name] = (value, seen)
        answered = members_of(seen.answer_json)
        if answered:
            self._compare(seen, _sent(seen), answered, known.read, seen)
        received = None if seen.main is None else seen.main.received
        known.current = "" if received is None else received.header("etag") or _tag_in(answered)

    def _read(self, seen: Seen, known: _Known) -> None:
        received = None if seen.main is None else seen.main.received
        if received is None:
            return
        if received.status in _GONE and known.made is not None and known.deleted is None:
            text = f"answers {received.status} for a record that it made before"
            self._gathered[NOT_THERE.id].add(known.made.name, known.made, text, more=(seen.number,))
        if seen.accepted and known.deleted is not None and not marked_deleted(members_of(seen.answer_json)):
            text = f"answers {received.status} for a record that it deleted before"
            self._gathered[STILL_THERE.id].add(known.deleted.name, known.deleted, text, more=(seen.number,))
        if not seen.accepted:
            return
        members = members_of(seen.answer_json)
        tag = received.header("etag") or _tag_in(members)
        known.current = tag
        self._since_change(seen, known, members, tag)
        for name, (value, writer) in list(known.written.items()):
            self._compare(writer, {name: value}, members, known.read, seen)
        known.written.clear()
        known.read = {name: held for name, held in members.items() if not isinstance(held, dict | list)}

    def _since_change(self, seen: Seen, known: _Known, members: Mapping[str, Any], tag: str) -> None:
        """What a change did besides: to members that it did not name, and to the ETag."""
        change, known.changed = known.changed, None
        if change is not None and change.request.outcome == "conforms" and known.read:
            plain = {name: value for name, value in members.items() if not isinstance(value, dict | list)}
            emptied = [
                name for name, value in known.read.items()
                if value not in (None, "") and name not in known.named and members.get(name) in (None, "")
            ]  # fmt: skip
            if emptied and change.compiled.method == "PATCH":
                text = f"empties {', '.join(sorted(emptied)[:4])}, which the change does not name"
                self._gathered[OVERWRITES.id].add(change.name, change, text, more=(seen.number,))
            differs = any(known.read.get(name) != value for name, value in plain.items() if name in known.written)
            if tag and tag == known.tag and differs:
                text = "keeps its ETag though its members were changed"
                self._gathered[TAG_STAYS.id].add(change.name, change, text, more=(seen.number,))
        known.tag = tag
        known.named.clear()

    def _condition(self, seen: Seen, known: _Known) -> None:
        main = seen.main
        stated = "" if main is None else dict(main.sent.headers).get("if-match", "")
        if not stated or not known.current or stated.strip() == "*":
            return
        if any(_weakly(one) == _weakly(known.current) for one in stated.split(",")):
            return
        if main is not None and any(one.kind == "proof" for one in seen.entry.exchanges):
            return  # the gateway put in what it had just read
        text = "carries out a change whose If-Match names another state of the record"
        self._gathered[CONDITION_IGNORED.id].add(seen.name, seen, text)

    def _compare(
        self, writer: Seen, sent: Mapping[str, Any], kept: Mapping[str, Any], before: Mapping[str, Any], at: Seen
    ) -> None:
        if writer.request.outcome != "conforms":
            return
        for name, value in sent.items():
            if name not in kept:
                continue
            how = _how(value, kept[name], before.get(name, _UNKNOWN))
            if how:
                more = (at.number,) if writer.number != at.number else ()
                about = f"{writer.name} {name.casefold()} {how}"
                weight = Severity.WARNING if how == _ROUNDED else None
                found = self._gathered[WRITTEN_DIFFERENTLY.id]
                found.add(about, writer, f"keeps {name} {how}", more=more, severity=weight)


_UNKNOWN: Final = object()


def _how(sent: Any, kept: Any, before: Any) -> str:
    """How another value is kept than was sent; empty where it is the same, or cannot be told."""
    if isinstance(sent, bool) or isinstance(kept, bool):
        return "as the opposite of what was sent" if isinstance(sent, bool) and kept is (not sent) else ""
    one, other = _number(sent), _number(kept)
    if one is not None and other is not None:
        if one == other:
            return ""
        if before is not _UNKNOWN and _number(before) == other:
            return "as it was before"
        return _ROUNDED if abs(one - other) < 1 else "as another number than was sent"
    if not isinstance(sent, str) or not isinstance(kept, str) or sent.strip() == kept.strip():
        return ""
    if _DATE.match(sent):
        return "as another day" if _DAY.fullmatch(sent) and _DAY.fullmatch(kept) else ""
    if sent.isdecimal() and kept.isdecimal() and sent.lstrip("0") == kept.lstrip("0"):
        return "without its leading zeros" if len(kept) < len(sent) else ""  # filled up, it is the same number
    if kept and len(kept) < len(sent.strip()) and sent.strip().startswith(kept):
        return "cut short"
    if before is not _UNKNOWN and kept == before and kept.casefold() != sent.casefold():
        return "as it was before"
    if _undone(sent) != sent and kept == _undone(sent):
        return "with its letters changed"
    return ""


def _undone(text: str) -> str:
    """What becomes of UTF-8 that is taken for Latin-1."""
    return text.encode("utf-8").decode("latin-1")


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if not _NUMBER.fullmatch(text) or (isinstance(value, str) and len(text) > 1 and text.lstrip("+-")[:1] == "0"
                                       and "." not in text):  # fmt: skip
        return None  # 007 is a name, not a number
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _sent(seen: Seen) -> dict[str, Any]:
    body = members_of(seen.sent_json)
    return {name: value for name, value in body.items() if isinstance(value, str | int | float)}


def members_of(value: Any) -> Mapping[str, Any]:
    """The record of a message, out of its envelope; empty for a list."""
    for _ in range(2):
        if isinstance(value, dict) and len(value) <= 3:
            inner = next((value[name] for name in _ENVELOPES if isinstance(value.get(name), dict)), None)
            value = value if inner is None else inner
    return value if isinstance(value, dict) else {}


def marked_deleted(members: Mapping[str, Any]) -> bool:
    """Whether a record says of itself that it is gone: many systems keep what is deleted, and mark it."""
    for name, value in members.items():
        folded = name.casefold()
        if isinstance(value, str) and value.casefold().strip() in _GONE_WORDS:
            return True
        if value in (True, "X", "true") and any(word in folded for word in ("delet", "archiv", "inactive", "cancel")):
            return True
        if value in (False, "false") and folded.endswith("active"):
            return True
        if value and folded.startswith("delet"):
            return True
    return False


def _tag_in(members: Mapping[str, Any]) -> str:
    about = members.get("__metadata")
    inside = about.get("etag", "") if isinstance(about, dict) else ""
    return str(members.get("@odata.etag", inside))


def _weakly(tag: str) -> str:
    return tag.strip().removeprefix("W/")


RULES: Final = (NOT_THERE, STILL_THERE, WRITTEN_DIFFERENTLY, CONDITION_IGNORED, OVERWRITES, TAG_STAYS)
