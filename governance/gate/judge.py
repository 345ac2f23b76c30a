"""A working tree held against a base: what changed, what that does, and whether somebody decided on it.

The gate advises; `release build` decides, by the same judgement, against the release that is live.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.changes.state import read_state
from governance.decisions.signed import Signed, read_decisions
from governance.gate.held import Held, held_against
from governance.gate.verdict import GateVerdict, Made
from governance.git import git
from governance.release.covering import Ground
from governance.release.ruled import rule
from governance.trust.place import Trust, find_trust, workspace_name
from governance.trust.register import REGISTER, Register, read_register

Progress = Callable[[str], None]


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
    day = at or now.astimezone(UTC).date()
    name = workspace_name(folder)
    progress("reading the base")
    with held_against(base, folder, environment) as held:
        progress("reading the working tree")
        new = read_state(folder, held.environment)
        _fits(held, environment)
        register = read_register(folder)
        _goes_on(held, register)
        trust, why_not = _trust(folder, trust_file)
        decisions = _decisions(folder, trust, register)
        ground = Ground(
            held.environment if held.kind == "release" else None, new.workspace.digest,
            held.digest if held.kind == "release" else None, now, any_base=held.kind != "release",
        )  # fmt: skip
        ruled = rule(held.state, new, decisions, ground, day, progress=progress)
    made = Made(
        base=held.shown, base_digest=held.digest, workspace_digest=new.workspace.digest, environment=held.environment,
        rule_set=held.state.rule_set.name, version=version("tidewaiter"), trust=_told(trust, why_not),
        development=trust is not None and trust.root.value.development, register_length=register.length,
        seconds=time.monotonic() - began, operations=ruled.whole.operations,
    )  # fmt: skip
    notes = tuple(_notes(held, trust, why_not))
    return GateVerdict(
        name, day, ruled.rulings, held.state.board, ruled.whole.in_force, ruled.whole.about_waivers, made, notes
    )


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


def _trust(folder: Path, option: Path | None) -> tuple[Trust | None, str]:
    """The trust root, or why there is none. Raises InvalidInputError where there is one that cannot be used."""
    try:
        trust = find_trust(folder, option)
    except InvalidInputError as error:
        if [one.code for one in error.diagnostics] == ["no-root"]:
            return None, "there is no trust root here, so no signature can be judged: --trust FILE"
        raise
    path = Path(trust.root.file)
    done = git("ls-files", "--error-unmatch", "--", str(path.resolve()), folder=path.resolve().parent)
    if done.returncode == 0:
        message = "this trust root is in the repository that is judged: whoever is judged by it could change it"
        remedy = "keep it outside, and give it to the gate: --trust FILE"
        raise InvalidInputError([Diagnostic(trust.root.file, "root-inside", message, remedy)])
    return trust, ""


def _decisions(folder: Path, trust: Trust | None, register: Register) -> tuple[Signed, ...]:
    if trust is None:
        return ()
    trust.hold(register, REGISTER)
    return read_decisions(folder, trust, register)


def _told(trust: Trust | None, why_not: str) -> str:
    if trust is None:
        return why_not
    kind = ", a development root" if trust.root.value.development else ""
    return f"version {trust.root.value.version}, {trust.root.digest}{kind}"


def _notes(held: Held, trust: Trust | None, why_not: str) -> list[str]:
    notes = []
    if trust is None:
        notes.append(why_not)
    elif trust.root.value.development:
        notes.append("the trust root is a development root: it vouches for nobody")
    if held.kind != "release":
        notes.append("the base is no release: `release build` judges again, against the release that is live")
    return notes
