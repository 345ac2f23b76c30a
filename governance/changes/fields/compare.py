"""Two texts of one kind of file -> a finding for each key that says something else, at its line."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from contracts.layout import KINDS
from contracts.written import Source
from governance.board_rules import BoardRules
from governance.changes.changed import Point
from governance.changes.fields.leaf import MISSING, Leaf, differences
from governance.changes.fields.rows import ROWS
from governance.changes.fields.rules import FIELD_RULES
from governance.finding import Severity
from governance.lifecycle.terms import Terms
from governance.lint.baseline import Baseline
from governance.patterns import pattern_of
from governance.placed import placed
from governance.severities import Lint

MODELS: Final[Mapping[str, type[BaseModel]]] = {
    **{name: KINDS[name].model for name in ROWS if name in KINDS},
    "lint": Lint, "board": BoardRules, "lifecycle": Terms, "baseline": Baseline,
}  # fmt: skip
"""By kind of file: its model."""
BEGUN: Final[Mapping[str, Any]] = {
    "plans": {"plans": {}}, "issuers": {"issuers": {}}, "modes": {}, "lint": {}, "board": {}, "lifecycle": {},
    "baseline": {"form": "tidewaiter-lint-baseline/1"},
}  # fmt: skip
"""By kind of file that there is one of: what holds where there is none."""
_SHOWN: Final = 80
_HIDDEN: Final = frozenset(("hash", "password", "client_secret"))
_ABSENT: Final = "not set"


def file_points(kind: str, old: Source | None, new: Source | None) -> Iterator[Point]:
    """What differs between two files that both can be read; None for one that is not there."""
    model = MODELS[kind]
    before, after = _tree(model, old, kind), _tree(model, new, kind)
    for leaf, rule in _ruled(kind, differences(before, after)):
        yield _point(leaf, rule, old, new)


def point_of(source: Source, pointer: str, rule: str, message: str, *, about: str, in_new: bool = True) -> Point:
    """A finding of one of these rules at a place of a file."""
    known = FIELD_RULES[rule]
    severity = Severity.BREAKING if known.classes else Severity.INFO
    found = placed(source, pointer, rule, severity, message, about=f"{source.file} {about}", reason=known.reason)
    return Point(found.finding, known.classes, found.file, found.line, in_new=in_new)


def _tree(model: type[BaseModel], source: Source | None, kind: str) -> Any:
    """With what is left out written out, so that saying a default changes nothing."""
    written = source.tree if source is not None and source.tree is not None else BEGUN[kind]
    return model.model_validate(written).model_dump(mode="json", by_alias=True)


def _ruled(kind: str, leaves: Iterator[Leaf]) -> Iterator[tuple[Leaf, str]]:
    """Each leaf with its rule; what no row names as a whole is looked at part by part."""
    for leaf in leaves:
        rule = _rule(kind, leaf)
        if rule:
            yield leaf, rule
        elif _is_tree(leaf.old) or _is_tree(leaf.new):
            yield from _ruled(kind, _inside(leaf))
        else:
            yield leaf, "setting-changed"


def _rule(kind: str, leaf: Leaf) -> str:
    path = "/".join(leaf.path)
    return next((read(leaf) for pattern, read in ROWS[kind] if _pattern(pattern).fullmatch(path)), "")


@cache
def _pattern(text: str) -> Any:
    return pattern_of(text)


def _is_tree(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _inside(leaf: Leaf) -> Iterator[Leaf]:
    old = leaf.old if isinstance(leaf.old, dict) else {}
    new = leaf.new if isinstance(leaf.new, dict) else {}
    for one in differences(old, new):
        yield Leaf((*leaf.path, *one.path), leaf.pointer + one.pointer, leaf.in_new, one.old, one.new, leaf.entry)


def _point(leaf: Leaf, rule: str, old: Source | None, new: Source | None) -> Point:
    source = new if leaf.in_new and new is not None else old
    assert source is not None
    key = leaf.path[-1] if leaf.path[-1] != "[]" else leaf.path[-2]
    what = "/".join(one for one in leaf.path if one != "[]") + (f" of {leaf.entry}" if leaf.entry else "")
    message = _message(what, key, leaf)
    return point_of(
        source, leaf.pointer, rule, message, about=f"{'/'.join(leaf.path)} {leaf.entry}", in_new=source is new
    )


def _message(what: str, key: str, leaf: Leaf) -> str:
    if key in _HIDDEN:
        return f"{what} is another one"
    if leaf.old is MISSING or leaf.new is MISSING:
        gone = leaf.new is MISSING
        value = leaf.old if gone else leaf.new
        shown = "" if isinstance(value, dict) or str(value) == leaf.entry else f": {_shown(value)}"
        return f"{what} is {'gone' if gone else 'new'}{shown}"
    return f"{what} was {_shown(leaf.old)}, is {_shown(leaf.new)}"


def _shown(value: Any) -> str:
    if value is None:
        return _ABSENT
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
