"""A working tree held against a base: what changed, what that does, and whether somebody decided on it.

The gate advises; `release build` decides, by the same judgement, against the release that is live.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from contracts.counted import counted
from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.decision import REMOVED
from gateway.trust.place import Trust, workspace_name
from gateway.trust.register import REGISTER, Register, read_register
from gateway.trust.seen import Seen
from gateway.trust.signed import Signed, read_decisions
from governance.board_rules import FILE as BOARD_FILE
from governance.changes.changed import Changed
from governance.changes.state import State, read_state
from governance.gate.held import Held, held_against
from governance.gate.history import uncommitted, were_gone, were_there
from governance.gate.repository import judge_tree
from governance.gate.trusted import trust_of
from governance.gate.verdict import GateVerdict, Made
from governance.release.covering import Ground, Ruling
from governance.release.ruled import rule

Progress = Callable[[str], None]
_NAMED: Final = 5


def judge(
    folder: Path, base: str, *, environment: str | None = None, trust_file: Path | None = None,
    at: date | None = None, now: datetime | None = None, progress: Progress = lambda _: None,
) -> GateVerdict:  # fmt: skip
    """Judge the workspace in a folder against `REV`, `live:URL` or `release:FILE`.

    `at` is the day that sunsets, notices and waivers are held against, today else. Raises InvalidInputError where
    nothing can be judged: with every fault, and what mends it.
    """
    began = time.monotonic()
    now = now or datetime.now(UTC)
    today = now.astimezone(UTC).date()
    day = at or today
    name = workspace_name(folder)
    progress("reading the base")
    with held_against(base, folder, environment) as held:
        progress("reading the working tree")
        if held.kind != "git":
            judge_tree(folder)
        new = read_state(folder, held.environment)
        _fits(held, environment)
        register = read_register(folder)
        _goes_on(held, register)
        trust, why_not = trust_of(folder, trust_file)
        decisions = _decisions(folder, trust, register)
        # Backdated, a waiver that has ended would hold again.
        ruled = rule(
            held.state, new, decisions, _ground(held, new, folder, now), day, waivers_at=max(day, today),
            progress=progress, ends=held.ends,
        )  # fmt: skip
        notes = (*_notes(held, new, folder, trust, why_not), *_elsewhere(ruled.rulings, decisions, new, held))
        if day != today:
            notes = (f"it was judged as if it were {day}: `release build` takes no day that is to come", *notes)
    made = Made(
        base=held.shown, base_digest=held.digest, workspace_digest=new.workspace.digest, environment=held.environment,
        rule_set=held.state.rule_set.name, version=version("tidewaiter"), trust=_told(trust, why_not),
        development=trust is not None and trust.root.value.development, register_length=register.length,
        seconds=time.monotonic() - began, operations=ruled.whole.operations,
    )  # fmt: skip
    return GateVerdict(
        name, day, ruled.rulings, held.state.board, ruled.whole.in_force, ruled.whole.about_waivers, made, notes
    )


def _ground(held: Held, new: State, folder: Path, now: datetime) -> Ground:
    """What decisions are held against. Without an environment, those for any count: nothing is built."""
    environment = held.environment if held.kind == "git" else held.environment or ""
    if held.kind == "release":
        return Ground(environment, new.digests, held.digest, now, gone=held.state.digests)

    def spent(change: Changed, settled: int) -> str:
        # What was settled after the base is about this change, whatever was there long before.
        if settled > held.register_length:
            return ""
        if held.kind == "live":
            return "it was settled before what is served was activated: decide anew"
        was_there = _was_there(change, held, new, folder)
        return "what it let was there before, and was taken back since: decide anew" if was_there else ""

    return Ground(environment, new.digests, None, now, any_base=True, gone=held.state.digests, spent=spent)


def _was_there(change: Changed, held: Held, new: State, folder: Path) -> bool:
    state = held.state if change.digest == REMOVED else new
    key = tuple(change.name.partition("@")[::2])
    paths = state.documents_of((key[0], key[1])) if change.kind == "contract" else (change.name,)
    if change.digest == REMOVED:
        return were_gone(paths, held.digest, folder)
    return were_there((state.files[path] for path in paths), held.digest, folder)


def _fits(held: Held, environment: str | None) -> None:
    if held.kind != "git" and environment is not None and environment != held.environment:
        message = f"it is for the environment {held.environment or 'none'}, not for {environment}"
        raise InvalidInputError([Diagnostic(held.shown, "wrong-base", message, "leave --environment out")])


def _goes_on(held: Held, register: Register) -> None:
    """Raises InvalidInputError where the register is shorter than the base's, or another one."""
    length = held.register_length
    if register.length < length:
        raise _register(f"the register has {register.length} entries, and the base's has {length}")
    if register.heads[length] != held.register_head:
        raise _register(f"another register: its entry {length} is not the one of the base")


def _register(message: str) -> InvalidInputError:
    remedy = "nothing in it is ever changed: take it from the base, then tidewaiter board register"
    return InvalidInputError([Diagnostic(REGISTER, "forked-register", message, remedy)])


def _decisions(folder: Path, trust: Trust | None, register: Register) -> tuple[Signed, ...]:
    if trust is None:
        return ()
    # What this node saw of other branches says nothing of this one: the register goes on from the base's.
    replace(trust, seen=Seen()).hold(register, REGISTER)
    return read_decisions(folder, trust, register)


def _told(trust: Trust | None, why_not: str) -> str:
    if trust is None:
        return why_not
    kind = ", a development root" if trust.root.value.development else ""
    return f"version {trust.root.value.version}, {trust.root.digest}{kind}"


def _elsewhere(rulings: tuple[Ruling, ...], decisions: tuple[Signed, ...], new: State, held: Held) -> Iterator[str]:
    """Where no environment is chosen: decisions that count in one of them, and say nothing of the others."""
    if held.environment is not None or not new.read.environments:
        return
    used = {one.decided_by for one in rulings}
    for one in decisions:
        if one.name in used:
            others = sorted(set(new.read.environments) - {one.decision.environment})
            where = one.decision.environment or "no environment"
            yield f"{one.file} is for {where}: it decides nothing for {', '.join(others)}"


def _notes(held: Held, new: State, folder: Path, trust: Trust | None, why_not: str) -> list[str]:
    notes = []
    if held.kind == "git":
        other = uncommitted(new.files, folder)
        if other:
            notes.append(
                f"what lies here was judged, and not as HEAD has it: {counted(len(other), 'file')} "
                f"({', '.join(other[:_NAMED])}{', ...' if len(other) > _NAMED else ''})"
            )
        if held.environment is not None:
            notes.append(f"only the environment {held.environment} was judged; files of others were not looked at")
        if not held.state.board.branch:
            notes.append(
                f"`branch` in {BOARD_FILE} names no protected branch: that the base is its newest is not proven"
            )
    if trust is None:
        notes.append(why_not)
    elif trust.root.value.development:
        notes.append("the trust root is a development root: it vouches for nobody")
    if held.kind != "release":
        notes.append("the base is no release: `release build` judges again, against the release that is live")
    return notes
