"""board: a decision is drafted on exactly this report and this workspace; only people settle it.

The decision covers the workspace with the entity onboarded, so that is the state of its file from here on: one line,
taken back where the board refuses.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.plain import plain
from gateway.ending import Ending
from gateway.release_file import digest_of as content_digest
from gateway.trust.decision import About
from gateway.trust.place import find_trust
from gateway.trust.register import REGISTER, read_register
from gateway.trust.signed import FOLDER, Signed, read_decisions
from governance.decisions.draft import Draft, write_draft
from governance.decisions.questions import read_board
from governance.onboard.lapsed import lapsed_in, lapsed_lines, lapsed_title
from governance.onboard.live import base_of
from governance.onboard.outcome import Outcome
from governance.onboard.stage import CANDIDATE, ONBOARDED, entity_file, set_stage
from governance.onboard.subject import digest_of
from governance.onboard.work import Work
from governance.release.build import Judged, judge_workspace
from governance.release.open_changes import what_is_open

_REASON: Final = 4000
"""Characters that a decision's reason may have."""
_AGAINST: Final = ("refused", "returned", "revoked")


def board_inputs(work: Work) -> str:
    """The report, the register and the base: a new signature may settle what was open."""
    register = read_register(work.asked.folder)
    return digest_of(work.fact("report", "report"), register.head, base_of(work).digest, work.subject.workspace_digest)


def ask_board(work: Work) -> Outcome:
    """Draft where nothing is drafted; then what the board said."""
    report = str(work.fact("report", "report"))
    trust = find_trust(work.asked.folder, work.asked.trust)
    register = read_register(work.asked.folder)
    trust.hold(register, REGISTER)
    about_it = [one for one in read_decisions(work.asked.folder, trust, register) if _is_about(one, report, work)]
    states = {one.name: one.state(work.now) for one in about_it}
    against = [one for one in about_it if _is_against(one, states[one.name])]
    if against:
        set_stage(work.asked.folder, work.asked.entity, CANDIDATE)
        return _refused(against[-1], states[against[-1].name])
    set_stage(work.asked.folder, work.asked.entity, ONBOARDED)
    unmet = [one for one in about_it if states[one.name] == "conditions open"]
    if unmet:
        return _conditions(work, unmet[-1])
    judged = judge_workspace(
        work.asked.folder, work.asked.environment, base_of(work).written or None, work.asked.trust, work.now,
        progress=work.show,
    )  # fmt: skip
    about = _about(judged, work, report)
    approved = [one for one in about_it if states[one.name] == "in force" and one.decision.verdict == "approve"]
    if approved and about is None:
        trust.remember(register)
        last = approved[-1]
        people = ", ".join(last.count.people) if last.count is not None else ""
        signed = f"{last.file}: {plain(last.decision.title)}: signed by {people}"
        return Outcome("done", (signed,), facts={"decision": last.name, "digest": last.digest})
    about = about or _entity_only(work, judged, report)
    lapsed = lapsed_in(judged, about, work.now)
    lines = tuple(lapsed_lines(judged, lapsed, _until(work)))
    return _waiting(work, _drafted(work, about, report, lapsed, lines), states, lines)


def _is_about(one: Signed, report: str, work: Work) -> bool:
    return one.decision.about.report == report and one.decision.environment == (work.asked.environment or "")


def _is_against(one: Signed, state: str) -> bool:
    return state in _AGAINST or (one.decision.verdict == "refuse" and state == "in force")


def _refused(one: Signed, state: str) -> Outcome:
    """The board said no: with what its members said to it. The entity is a candidate again."""
    word = "refused" if one.decision.verdict == "refuse" else state
    said = [f"{voice.member}: {voice.act}: {plain(voice.comment)}" for voice in one.standing.voices if voice.comment]
    reasons = said or [plain(one.decision.reason)]
    steps = ["mend what is said there, then onboard it again: the report is another one, and is decided on anew"]
    if word == "returned":
        steps.append("or let who returned it approve it, once their question is answered")
    return Outcome("negative", (f"{one.file}: {word}: {plain(one.decision.title)}", *reasons), tuple(steps))


def _conditions(work: Work, one: Signed) -> Outcome:
    told = [f"{one.file} is approved, on conditions that are not met yet:"]
    told += [f"{plain(each.id)}: {plain(each.text)}" for each in one.unmet]
    met = work.command("board", "show", one.name, environment=False)
    return Outcome("waiting", tuple(told), (met, work.again()), {"draft": one.name})


def _about(judged: Judged, work: Work, report: str) -> About | None:
    """What is open of what the entity rests on; the whole workspace where nothing is live; None for nothing."""
    open_now = what_is_open(judged)
    if open_now is None:
        return None
    if open_now.workspace is not None:
        return open_now.model_copy(update={"report": report})
    contracts = {name: digest for name, digest in open_now.contracts.items() if name in work.subject.contracts}
    files = {name: digest for name, digest in open_now.files.items() if name in work.subject.files}
    if not contracts and not files:
        return None
    return About(base=open_now.base, contracts=contracts, files=files, report=report)


def _entity_only(work: Work, judged: Judged, report: str) -> About:
    """Nothing else is open: that the entity goes live is decided on all the same."""
    file = entity_file(work.asked.entity)
    digest = content_digest((work.asked.folder / file).read_bytes())
    return About(base=judged.base.digest if judged.base is not None else None, files={file: digest}, report=report)


def _until(work: Work) -> datetime | None:
    return work.now + timedelta(days=work.asked.days) if work.asked.days is not None else None


def _drafted(
    work: Work, about: About, report: str, lapsed: Sequence[Ending] = (), lines: Sequence[str] = ()
) -> str:  # fmt: skip
    """The name of the decision on exactly this; written where it is not there. What it lets on is said in it."""
    days, on_expiry = work.asked.days, work.asked.on_expiry
    ends = (days, on_expiry) if days is not None else ()
    let_on = [one.model_dump(mode="json") for one in lapsed]
    decided = digest_of(about.model_dump(mode="json"), *ends, *let_on)
    name = f"onboard-{work.asked.entity}-{decided[7:15]}"
    path = work.asked.folder / FOLDER / f"{name}.yaml"
    if path.is_file():
        return name
    entity = work.subject.state.workspace.entities[work.asked.entity]
    found = work.found("fuzz")
    reason = (
        f"The onboarding report {report} says what was found: {found['counts']['error']} errors and "
        f"{found['counts']['warning']} warnings in {found['entries']} calls, "
        f"{len(found['not_tested'])} operations not tested."
    )
    reason += f" It lets on what has ended, too: {'; '.join(lines)}." if lines else ""
    title = lapsed_title(f"{plain(entity.name)[:100]} goes live", lapsed)
    draft = Draft(
        title, reason[:_REASON], "approve", work.asked.submitter, work.asked.environment or "",
        until=_until(work), on_expiry=on_expiry,
    )  # fmt: skip
    write_draft(work.asked.folder, name, draft, about, read_register(work.asked.folder), work.now)
    return name


def _approved(work: Work, name: str) -> str:
    """`1 of 2 approved: anna; missing bert, cleo`."""
    trust, register = find_trust(work.asked.folder, work.asked.trust), read_register(work.asked.folder)
    board = read_board(work.asked.folder, trust, register, work.now)
    one = next(one for one in board.questions if one.signed.name == name)
    count = one.signed.count
    people = count.people if count is not None else ()
    told = f"{len(people)} of {one.signed.threshold} approved{': ' * bool(people)}{', '.join(people)}"
    if count is not None and count.alone:
        told += ", who submitted it, and nobody decides alone on that"
    return f"{told}; missing {', '.join(one.missing)}" if one.missing else told


def _waiting(work: Work, name: str, states: Mapping[str, str], lines: Sequence[str]) -> Outcome:
    told = [f"{FOLDER}/{name}.yaml waits for the board: {_approved(work, name)}"]
    if lines:
        told += ["it also lets on what has ended, and its title and reason say so:", *map(plain, lines)]
    told += [f"{FOLDER}/{other}.yaml is {state}" for other, state in states.items() if other != name]
    steps: tuple[str, ...] = (
        f"read {work.place.shown(work.place.report)}/report.html",
        work.command("board", "show", name, environment=False),
        work.command("board", "sign", name, "--key", "FILE", environment=False),
        work.again(),
    )
    if lines:
        base = base_of(work).written
        apart = ("board", "draft", "NAME", "--title", "WHAT", "--reason", "WHY", *(("--base", base) if base else ()))
        steps = (*steps[:-1], f"{work.command(*apart)} (to decide on that apart, before)", steps[-1])
    return Outcome("waiting", tuple(told), steps, {"draft": name})
