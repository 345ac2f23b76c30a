"""What the pages show: plain values for their templates. Every text of a document is escaped by them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from gateway.trust.board_stated import read_statements
from gateway.trust.board_statement import DELEGATION_DAYS
from gateway.trust.decision import Validity
from gateway.trust.delegations import Delegation, delegations_of, stood_in_for
from gateway.trust.place import Trust
from gateway.trust.register import Register
from gateway.trust.signed import Signed, read_decision
from governance.decisions.discussion import read_discussion
from governance.decisions.questions import Question, question, read_board
from governance.decisions.signing import owners_in, rules_in
from governance.release.live_here import live_here
from governance.reports.board import EXPIRIES, condition_line, signers, stated
from governance.reports.board_questions import due_line, shown_of

_STATES: Final = {"in force": "active", "conditions open": "deprecated", "open": "deprecated", "returned": "retired"}
VERDICTS: Final = {
    "approve": "Approves what is listed below.",
    "waive": "Lets pass the findings that it lists, and nothing else.",
    "refuse": "Refuses what is listed below, and takes back an approval of it.",
}


def questions_page(
    workspace: Path, trust: Trust, register: Register, now: datetime, *, settled_too: bool
) -> dict[str, Any]:
    """The list. Raises InvalidInputError."""
    board = read_board(workspace, trust, register, now)
    return {
        "workspace": trust.workspace,
        "questions": [_row(one) for one in shown_of(board, settled_too=settled_too)],
        "contact": board.contact,
        "live": [one for one in live_here(workspace) if one.warnings],
        "register": {"length": register.length, "head": register.head},
        "root": {"version": trust.root.value.version, "digest": trust.root.digest},
    }


def decision_page(
    workspace: Path, name: str, member: str, trust: Trust, register: Register, now: datetime
) -> dict[str, Any]:
    """One decision. Raises InvalidInputError."""
    states = read_statements(workspace, trust, register)
    one = read_decision(workspace, name, trust, register, states)
    delegations = delegations_of(states, trust.root)
    asked = question(one, rules_in(workspace), delegations, trust, register, now)
    about = one.decision.about
    return {
        "question": _row(asked),
        "name": one.name,
        "reason": one.decision.reason,
        "facts": _facts(one),
        "covers": sorted({**about.contracts, **about.files}.items()),
        "whole": about.workspace,
        "text": one.text.decode("utf-8", "replace"),
        "digest": one.digest,
        "report": about.report,
        "signed": list(signers(one)),
        "stated": list(stated(one)),
        "conditions": [
            {"line": condition_line(each), "id": each.id, "open": each.met is None} for each in one.conditions
        ],
        "discussion": read_discussion(workspace, one.name),
        "may": _may(one, member, owners_in(workspace), delegations, trust, register, now),
        "final": one.standing.final,
        "settled": one.settled is not None,
    }


def delegation_page(workspace: Path, member: str, trust: Trust, register: Register, now: datetime) -> dict[str, Any]:
    """Who stands in for whom. Raises InvalidInputError."""
    found = delegations_of(read_statements(workspace, trust, register), trust.root)
    active = [one for one in found if one.holds(register.length + 1, now)]
    members = trust.root.value.members
    return {
        "active": [
            {"member": one.member, "to": one.to, "until": f"{one.until.astimezone(UTC):%Y-%m-%d}"} for one in active
        ],
        "others": [name for name, value in members.items() if name != member and value.removed is None],
        "mine": [one.to for one in active if one.member == member],
        "most_days": DELEGATION_DAYS,
        "latest": (now + timedelta(days=DELEGATION_DAYS - 1)).date().isoformat(),
        "earliest": now.date().isoformat(),
        "in_role": member in trust.root.value.roles.board.members,
    }


def _row(one: Question) -> dict[str, Any]:
    signed, decision = one.signed, one.signed.decision
    return {
        "name": signed.name,
        "title": decision.title,
        "verdict": decision.verdict,
        "meaning": VERDICTS[decision.verdict],
        "environment": decision.environment or "no environment",
        "state": one.state,
        "shade": _STATES.get(one.state, "retired"),
        "submitter": decision.submitter,
        "date": decision.dated.isoformat(),
        "approved": len(signed.count.people) if signed.count is not None else 0,
        "needed": signed.threshold,
        "asked": one.asked,
        "missing": one.missing,
        "due": due_line(one),
        "ends": _end(decision.validity),
        "overdue": one.overdue and one.is_open,
        "alone": signed.count.alone if signed.count is not None else "",
    }


def _end(validity: Validity) -> str:
    """When it ends and what that does; empty where it does not."""
    if validity.until is None:
        return ""
    stops = "; then gateways answer no more what it let" if validity.on_expiry == "stop" else ""
    return f"Counts until {validity.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC{stops}"


def _facts(one: Signed) -> list[tuple[str, str]]:
    decision = one.decision
    begins, until = decision.validity.begins, decision.validity.until
    rows = [
        ("Held against", decision.about.base or "nothing: a first release"),
        ("Counts from", f"{begins.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if begins else "at once"),
        ("Counts until", f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if until else "no end"),
        *([("At its end", EXPIRIES[decision.validity.on_expiry])] if until else []),
        ("Written after", f"entry {decision.sequence - 1} of the register"),
    ]
    rows += [("Waives", " ".join(decision.findings))] if decision.findings else []
    return rows + [("Agreed with it", text) for text in decision.conditions if isinstance(text, str)]


def _may(
    one: Signed, member: str, owners: Collection[str], delegations: Sequence[Delegation], trust: Trust,
    register: Register, now: datetime,
) -> list[str]:  # fmt: skip
    """What the member can say now, by its name in the form."""
    role = one.decision.role
    seated = member in trust.root.value.roles.named(role).members
    sequence = register.length + 1
    seated = seated or bool(stood_in_for(member, role, sequence, now, delegations, trust.root))
    if one.standing.final or not (seated or member in owners):
        return ["met"] if one.unmet and not one.standing.final else []
    last = {voice.member: voice.act for voice in one.standing.voices if not voice.why_not}.get(member)
    found = [] if last == "approve" else ["approve"]
    found.append("approve-with-conditions")
    if one.settled is None:
        found += [act for act in ("return", "refuse", "abstain") if act != last]
    if last == "approve" or one.settled is not None:
        found.append("revoke")
    return found + (["met"] if one.unmet else [])
