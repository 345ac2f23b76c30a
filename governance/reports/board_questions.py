"""What is before the board, as text and as JSON."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from gateway.releases.log import moment
from governance.decisions.questions import Board, Question
from governance.json_output import json_output
from governance.reports.board import condition_line, people, signers, stated

THEN: Final = {
    "open": "If nobody decides it stays out until somebody does; silence never approves.",
    "refused": "If nobody decides by then it has to be submitted anew; silence never approves.",
}

STUCK: Final = (
    "All who are asked have spoken, and too few approve. It stays so until one of them says otherwise, somebody more "
    "is in the role, or it is decided anew under another name."
)
"""Of a question that is open, with nobody left to ask."""


def as_text(board: Board, now: datetime, *, settled_too: bool) -> str:
    """For a terminal: each question with who is asked, who is missing, and by when."""
    shown = shown_of(board, settled_too=settled_too)
    lines = [line for one in shown for line in _question(one, now)]
    if not shown:
        lines.append("nothing is open")
    lines += [
        f"{one.to} stands in for {one.member} until {one.until.astimezone(UTC):%Y-%m-%d}" for one in board.delegations
    ]
    if board.contact:
        lines.append(f"questions go to {board.contact}")
    return "".join(plain(line) + "\n" for line in lines)


def as_json(board: Board, now: datetime, *, settled_too: bool) -> str:
    """For machines."""
    tree: dict[str, Any] = {
        "questions": [_tree(one) for one in shown_of(board, settled_too=settled_too)],
        "delegations": [{"member": one.member, "to": one.to, "until": moment(one.until)} for one in board.delegations],
        "contact": board.contact,
        "at": moment(now),
    }
    return json_output(tree)


def shown_of(board: Board, *, settled_too: bool) -> list[Question]:
    """The open ones, or all."""
    return [one for one in board.questions if settled_too or one.is_open]


def due_line(one: Question) -> str:
    """By when it is to be decided, and what happens if nobody does."""
    when = "was due" if one.overdue else "due"
    return f"{when} {one.due}. {THEN[one.then]}"


def _question(one: Question, now: datetime) -> Iterator[str]:
    decision = one.signed.decision
    yield f"{one.signed.name}: {decision.title} ({decision.verdict}, {decision.environment or 'no environment'})"
    count = one.signed.count
    yield f"  {one.state}; signed {people(one.signed)} needed, submitted by {decision.submitter} on {decision.dated}"
    yield f"  asked: {', '.join(one.asked)}"
    if one.state == "open":
        yield f"  missing: {', '.join(one.missing) or 'nobody'}"
        if not one.missing:
            yield f"  {STUCK}"
        yield f"  {due_line(one)}"
        if count is not None and count.alone:
            yield f"  {count.alone} submitted it, and nobody decides alone on what they submitted"
    if count is not None:
        yield from (f"  signed by {line}" for line in list(signers(one.signed))[:-1])
    yield from (f"  {line}" for line in stated(one.signed))
    yield from (f"  condition {condition_line(each)}" for each in one.signed.conditions)
    left = decision.days_left(now)
    if one.state == "in force" and left is not None:
        yield f"  ends in {counted(left, 'day')}"


def _tree(one: Question) -> dict[str, Any]:
    signed, decision = one.signed, one.signed.decision
    return {
        "name": signed.name,
        "digest": signed.digest,
        "title": decision.title,
        "verdict": decision.verdict,
        "environment": decision.environment,
        "submitter": decision.submitter,
        "date": decision.dated.isoformat(),
        "report": decision.about.report,
        "state": one.state,
        "asked": list(one.asked),
        "approved": list(signed.count.people) if signed.count is not None else [],
        "needed": signed.threshold,
        "missing": list(one.missing),
        "due": one.due.isoformat(),
        "overdue": one.overdue,
        "unanswered": one.then,
        "stated": [
            {
                "member": voice.member, "act": voice.act, "entry": voice.registered, "comment": voice.comment,
                "counts": not voice.why_not,
            }
            for voice in signed.standing.voices
        ],
        "conditions": [
            {"id": each.id, "text": each.text, "met": each.met is not None, "evidence": each.evidence}
            for each in signed.conditions
        ],
    }  # fmt: skip
