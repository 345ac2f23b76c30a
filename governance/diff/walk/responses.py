"""Answers by status: exact, by range (`2XX`), or by `default`."""

import re
from typing import Final

from governance.diff.change import ANOTHER_BODY, SAME_BODY, Area, Effect
from governance.diff.walk import headers, links, media, notes
from governance.diff.walk.facts import Around, Comparison, Two, shared
from governance.diff.walk.reading import Node, Reading

_STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|DEFAULT")
_RESPONSE: Final = Area.RESPONSE

_Answers = dict[str, tuple[Node, Node]]
"""By status: the answer as it stands under `responses`, and behind references."""


def _answers(reading: Reading, holder: Node) -> _Answers:
    found: _Answers = {}
    for key in holder.members:
        status = str(key).upper()
        written = holder.child(key)
        node = reading.follow(written)
        if _STATUS.fullmatch(status) and isinstance(node.value, dict):
            found.setdefault("default" if status == "DEFAULT" else status, (written, node))
    return found


def compare(comparison: Comparison, operation: Two, around: Around) -> None:
    """All answers of an operation."""
    holders = operation.child("responses")
    if holders.old.value is holders.new.value:
        return
    old, new = _answers(comparison.old, holders.old), _answers(comparison.new, holders.new)
    partners, gone, came = _paired(old, new)
    for before, after in partners:
        both = f"response {after}" if before == after else f"response {before} {after}"
        inside = around.inside(f"response {after}", both)
        if before != after:
            effect = Effect.WIDENS if _covers(after, before) else Effect.NARROWS
            place = Two(old[before][0], new[after][0])
            comparison.state(_RESPONSE, "range", effect, around.received, place, inside, old=before, new=after)
        written, two = (Two(old[before][n], new[after][n]) for n in (0, 1))
        _compare(comparison, two, shared(written, two, inside))
    for status in gone:
        two = Two(old[status][1], Node(None, holders.new.at))
        comparison.state(
            _RESPONSE, "response", Effect.REMOVES, around.received, two, around.inside(f"response {status}")
        )
    for status in came:
        two = Two(Node(None, holders.old.at), new[status][1])
        body = _of_success(status, old, new)
        comparison.state(
            _RESPONSE, "response", Effect.ADDS, around.received, two, around.inside(f"response {status}"), new=body
        )


def _of_success(status: str, old: _Answers, new: _Answers) -> str | None:
    """What a further success answers beside those that there were; None for the first one and for no success."""
    others = [answer.child("content").value for one, (_, answer) in old.items() if one.startswith("2")]
    if not status.startswith("2") or not others:
        return None
    content = new[status][1].child("content").value
    return SAME_BODY if any((one or None) == (content or None) for one in others) else ANOTHER_BODY


def _paired(old: _Answers, new: _Answers) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Statuses as pairs; those of one document alone; the same of the other."""
    pairs = [(status, status) for status in sorted(old.keys() & new.keys())]
    gone, came = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    ranges: set[tuple[str, bool]] = set()
    for status in list(gone):
        around = _around(status, new)
        if around:
            pairs.append((status, around))
            gone.remove(status)
            ranges.add((around, True))
    for status in list(came):
        around = _around(status, old)
        if around:
            pairs.append((around, status))
            came.remove(status)
            ranges.add((around, False))
    gone = [status for status in gone if (status, False) not in ranges]
    came = [status for status in came if (status, True) not in ranges]
    return pairs, gone, came


def _around(status: str, others: _Answers) -> str:
    """What covers a status among the answers of the other document; empty for nothing.

    `default` stands for errors, unless that document names no success: then it stands for everything.
    """
    if status == "default":
        return ""
    whole = f"{status[0]}XX"
    if whole in others and whole != status:
        return whole
    if "default" not in others:
        return ""
    names_success = any(other[0] in "123" for other in others)
    return "default" if status[0] in "45" or not names_success else ""


def _covers(wide: str, narrow: str) -> bool:
    return wide == "default" or (wide.endswith("XX") and wide != narrow)


def _compare(comparison: Comparison, two: Two, around: Around) -> None:
    if two.old.value is two.new.value:
        return
    direction = around.received
    notes.described(comparison, _RESPONSE, direction, two, around)
    headers.compare(comparison, two, around, direction, media.compare_value)
    media.compare_content(comparison, two.child("content"), around, direction)
    links.compare(comparison, two, around)
