"""Two texts of one kind of file -> a finding for each key that says something else, at its line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from contracts.files import Files
from contracts.layout import KINDS
from contracts.plans import Plan
from contracts.settings import Environment
from contracts.written import Source
from governance.board_rules import BoardRules
from governance.changes.changed import Point
from governance.changes.fields.environment import in_force
from governance.changes.fields.leaf import Leaf, differences
from governance.changes.fields.plans import moved, rewritten
from governance.changes.fields.point import leaf_point
from governance.changes.fields.rows import ROWS
from governance.lifecycle.terms import Terms
from governance.lint.baseline import Baseline
from governance.patterns import pattern_of
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


@dataclass(frozen=True, slots=True)
class Around:
    """What a file means by: the plans of both states, and the newer state's files that an environment is laid over."""

    plans_before: Mapping[str, Plan] = field(default_factory=dict)
    plans_now: Mapping[str, Plan] = field(default_factory=dict)
    files: Files | None = None


def file_points(kind: str, old: Source | None, new: Source | None, around: Around) -> Iterator[Point]:
    """What differs between two files that both can be read; None for one that is not there."""
    before, after = _model(kind, old), _model(kind, new)
    told = _leaves(before, after, around)
    if kind == "plans":
        yield from rewritten(before, after, old, new)
        told = (leaf for leaf in told if len(leaf.path) == _WHOLE_PLAN)
    for leaf, rule in _ruled(kind, told):
        if rule == "plan-changed":
            yield from moved(leaf, around.plans_before, around.plans_now, old, new)
        else:
            yield leaf_point(leaf, rule, old, new)


_WHOLE_PLAN: Final = 2
"""Keys down to one plan: what differs inside of it is told by what it lets through."""


def _leaves(before: BaseModel, after: BaseModel, around: Around) -> Iterator[Leaf]:
    if isinstance(before, Environment) and isinstance(after, Environment):
        assert around.files is not None
        return differences(in_force(before, around.files), in_force(after, around.files))
    # With what is left out written out, so that saying a default changes nothing.
    return differences(*(one.model_dump(mode="json", by_alias=True) for one in (before, after)))


def _model(kind: str, source: Source | None) -> BaseModel:
    written = source.tree if source is not None and source.tree is not None else BEGUN[kind]
    return MODELS[kind].model_validate(written)


def _ruled(kind: str, leaves: Iterator[Leaf]) -> Iterator[tuple[Leaf, str]]:
    """Each leaf with its rule; what no row names as a whole is looked at part by part."""
    for leaf in leaves:
        rule = rule_of(kind, leaf)
        if rule:
            yield leaf, rule
        elif _is_tree(leaf.old) or _is_tree(leaf.new):
            yield from _ruled(kind, _inside(leaf))
        else:
            yield leaf, "setting-changed"


def rule_of(kind: str, leaf: Leaf) -> str:
    """The rule of the first row that fits; empty where none does."""
    number = row_of(kind, leaf)
    return ROWS[kind][number][1](leaf) if number is not None else ""


def row_of(kind: str, leaf: Leaf) -> int | None:
    """Which row of its kind fits, from 0; None where none does."""
    path = "/".join(leaf.path)
    return next((number for number, (one, _) in enumerate(ROWS[kind]) if _pattern(one).fullmatch(path)), None)


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
