"""`governance/board.yaml`: who decides on which class of change, for which layer, and what happens if nobody does."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from contracts.apis import Visibility
from contracts.diagnostic import Diagnostic
from contracts.model import Id, Written, fault
from contracts.wording import nearest
from contracts.written import read_entry

FILE: Final = "governance/board.yaml"

Layer = Literal["experience", "process", "system"]
Who = Literal["automatic", "owner", "owner-and-consumers", "quorum"]
WHO: Final[tuple[Who, ...]] = ("automatic", "owner", "owner-and-consumers", "quorum")
"""The more people, the later."""


class ChangeClass(StrEnum):
    """What a change does. One change may do several of these."""

    COMPATIBLE = "compatible"
    """Proven to break nobody, and shows nothing new."""
    LINT = "lint"
    """The contract breaks a rule of lint that it did not break before."""
    UNPROVEN = "unproven"
    """Whether it breaks somebody could not be proven either way."""
    BREAKS = "breaks"
    """A correct caller can fail."""
    EXPOSES = "exposes"
    """More can be called, seen or reached than before."""
    WEAKENS = "weakens"
    """What is judged or enforced is judged or enforced less from now on, or others decide on it."""


_MAY_BE_AUTOMATIC: Final = frozenset((ChangeClass.COMPATIBLE, ChangeClass.LINT))


class BoardRule(Written):
    """Says who decides where everything named matches; the last rule that matches decides.

    A name left out matches everything.
    """

    changes: tuple[ChangeClass, ...] = Field(min_length=1)
    """What the change does: `compatible`, `lint`, `unproven`, `breaks`, `exposes`, `weakens`."""
    layers: tuple[Layer, ...] = ()
    """Only for apis of these layers."""
    visibilities: tuple[Visibility, ...] = ()
    """Only for apis that these may see."""
    who: Who
    """`automatic`: nobody need decide. `owner`: somebody who stands for the owner of what changes, or of what a
    consumer reaches by it; the board, where it is new. `owner-and-consumers`: that, and somebody for each consumer
    whom it breaks. `quorum`: the board."""

    @model_validator(mode="after")
    def _a_person_decides(self) -> Self:
        alone = [one.value for one in self.changes if one not in _MAY_BE_AUTOMATIC]
        if self.who == "automatic" and alone:
            message = f"what {alone[0]} is never automatic" if alone[0] != "unproven" else "unproven is never automatic"
            remedy = "write `owner`, `owner-and-consumers` or `quorum`, or take it out of `changes`"
            raise fault("wrong-value", message, remedy, "who")
        return self


class Unanswered(Written):
    """What happens if nobody decides. Silence never approves."""

    after_days: int = Field(14, ge=1, le=365)
    """By when a decision is due: so many days after the change was submitted."""
    then: Literal["open", "refused"] = "open"
    """`open`: the change stays out until somebody decides. `refused`: it has to be submitted anew."""

    def due(self, submitted: date) -> date:
        """The last day on which it can be decided in time."""
        return submitted + timedelta(days=self.after_days)

    def lapsed(self, submitted: date, day: date) -> bool:
        """Whether what is decided on that day is decided too late to count."""
        return self.then == "refused" and day > self.due(submitted)


class BoardRules(Written):
    """The whole file."""

    rules: tuple[BoardRule, ...] = ()
    """Who decides; where no rule matches the quorum does, on all but what is proven compatible."""
    owners: dict[Annotated[str, StringConstraints(min_length=1)], tuple[Id, ...]] = Field(default_factory=dict)
    """By `owner`, as apis, entities, systems and consumers state it: the members of the trust root who stand for it."""
    unanswered: Unanswered = Unanswered()
    """What happens if nobody decides."""
    branch: str = ""
    """The protected branch, such as `main`. A gate with a git base then takes nothing older than its newest commit."""
    contact: str = ""
    """Where questions go; printed in reports."""

    def who(self, change: ChangeClass, layer: str, visibility: str) -> Who:
        """Who decides on a change of that class. `layer` and `visibility` are empty for what is of no api."""
        matching = [one for one in self.rules if _matches(one, change, layer, visibility)]
        if matching:
            return matching[-1].who
        return "automatic" if change is ChangeClass.COMPATIBLE else "quorum"

    def strictest(self, changes: Iterable[ChangeClass], layer: str, visibility: str) -> Who:
        """Who decides on a change that does all of these; the most people where they differ."""
        return max((self.who(one, layer, visibility) for one in changes), key=WHO.index, default="automatic")


_LAYERS: Final[tuple[str, ...]] = get_args(Layer)
_VISIBILITIES: Final[tuple[str, ...]] = get_args(Visibility)
_CELLS: Final = (("", ""), *product(_LAYERS, _VISIBILITIES))
"""What a change can be about: no api, or an api of a layer that some may see."""


def weaker_cells(old: BoardRules, new: BoardRules) -> Iterator[tuple[str, Who, Who]]:
    """Where fewer people decide by the newer rules: what it is about, who decided, who would.

    What is about each layer, or about each visibility of one, is told once.
    """
    for change in ChangeClass:
        found: dict[tuple[Who, Who], list[tuple[str, str]]] = {}
        for layer, visibility in _CELLS:
            before, after = old.who(change, layer, visibility), new.who(change, layer, visibility)
            if WHO.index(after) < WHO.index(before):
                found.setdefault((before, after), []).append((layer, visibility))
        for (before, after), cells in found.items():
            for about in _together(cells):
                yield f"{change.value} {about}".strip(), before, after


def _together(cells: list[tuple[str, str]]) -> Iterator[str]:
    """The cells in words, as few as may be."""
    if len(cells) == len(_CELLS):
        yield ""
        return
    if ("", "") in cells:
        yield "of no api"
    rows = [layer for layer in _LAYERS if all((layer, one) in cells for one in _VISIBILITIES)]
    columns = [one for one in _VISIBILITIES if all((layer, one) in cells for layer in _LAYERS)]
    yield from (f"of {layer} apis" for layer in rows)
    yield from (f"of {one} apis" for one in columns if len(rows) < len(_LAYERS))
    yield from (f"of {one} {layer} apis" for layer, one in cells if layer and layer not in rows and one not in columns)


def board_faults(workspace: Path) -> Iterator[Diagnostic]:
    """Faults of the file, and files beside it whose name is a slip, as warnings: a gateway does not read it."""
    path = workspace / FILE
    if path.is_file():
        yield from (replace(one, severity="warning") for one in read_entry(path, FILE, BoardRules).faults)
    for other in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        is_slip = nearest(other.name, (path.name,)) is not None and other.name != path.name
        if is_slip and other.suffix.lower() in (".yaml", ".yml", ".json"):
            shown = other.relative_to(workspace).as_posix()
            yield Diagnostic(shown, "unknown-file", "this file is not read", f"call it {path.name}", severity="warning")


def _matches(rule: BoardRule, change: ChangeClass, layer: str, visibility: str) -> bool:
    return (
        change in rule.changes
        and (not rule.layers or layer in rule.layers)
        and (not rule.visibilities or visibility in rule.visibilities)
    )
