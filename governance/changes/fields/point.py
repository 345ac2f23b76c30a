"""A finding of one of the rules about files, at its place."""

from contracts.written import Source
from governance.changes.changed import Point
from governance.changes.fields.leaf import Leaf
from governance.changes.fields.rules import FIELD_RULES
from governance.changes.fields.words import message
from governance.finding import Severity
from governance.placed import placed


def point_of(source: Source, pointer: str, rule: str, message: str, *, about: str, in_new: bool = True) -> Point:
    """A finding of one of these rules at a place of a file. `about` tells it from others of its rule."""
    known = FIELD_RULES[rule]
    severity = Severity.BREAKING if known.classes else Severity.INFO
    found = placed(source, pointer, rule, severity, message, about=f"{source.file} {about}", reason=known.reason)
    return Point(found.finding, known.classes, found.file, found.line, in_new=in_new)


def leaf_point(leaf: Leaf, rule: str, old: Source | None, new: Source | None, said: str = "") -> Point:
    """A finding about one key. `said` is the message, where it is not that of any key."""
    source = new if leaf.in_new and new is not None else old
    assert source is not None
    about = f"{'/'.join(leaf.path)} {leaf.entry}"
    return point_of(source, leaf.pointer, rule, said or message(leaf), about=about, in_new=source is new)
