"""Decisions, members and the register as text, for the person who signs or checks."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from gateway.ending import WARN_DAYS
from gateway.trust.conditions import Open
from gateway.trust.counting import strangers_line
from gateway.trust.place import Trust
from gateway.trust.register import Register
from gateway.trust.signed import Signed
from governance.decisions.discussion import Comment
from governance.terminal import table

EXPIRIES: Final = {
    "block": "the next build needs a new decision; traffic goes on",
    "stop": "STOPS TRAFFIC: gateways answer no more what it let, until a release with a newer decision is activated",
}
"""What the end of a decision does, in words."""
DEVELOPMENT: Final = "note: this rests on a development trust root, which proves nothing to anybody else"


def overview(trust: Trust, register: Register, decisions: Iterable[Signed], now: datetime) -> str:
    """The trust root, the register and every decision with its state."""
    root = trust.root.value
    roles = [(name, str(role.threshold), " ".join(role.members)) for name, role in root.roles.items()]
    members = [
        (
            name,
            member.name,
            f"removed at entry {member.removed.length}" if member.removed else "",
            " ".join(member.keys),
        )
        for name, member in root.members.items()
    ]
    kind = "development trust root" if root.development else "trust root"
    parts = [
        f"{kind} {plain(trust.root.file)}, version {root.version}, {trust.root.digest}\n",
        table(("ROLE", "PEOPLE NEEDED", "MEMBERS"), roles),
        table(("MEMBER", "NAME", "STATE", "KEYS"), members),
        f"register: {counted(register.length, 'entry', 'entries')}, head {register.head}\n",
    ]
    rows = [
        (
            one.name,
            one.decision.verdict,
            one.decision.environment or "-",
            one.state(now),
            people(one),
            one.decision.title,
        )
        for one in decisions
    ]
    parts.append(
        table(("DECISION", "VERDICT", "ENVIRONMENT", "STATE", "SIGNED", "TITLE"), rows) if rows else "no decisions\n"
    )
    return "\n".join(parts)


def people(one: Signed) -> str:
    """`1 of 2`: how many of the people needed have signed."""
    return f"{len(one.count.people) if one.count is not None else 0} of {one.threshold}"


def detail(one: Signed, now: datetime) -> str:
    """One decision as its signer must see it: what is decided, on what, until when, and who signed."""
    decision = one.decision
    validity = decision.validity
    rows = [
        ("decision", one.file),
        ("digest", one.digest),
        ("title", decision.title),
        ("verdict", decision.verdict),
        ("reason", decision.reason),
        ("workspace", decision.workspace),
        ("environment", decision.environment or "none"),
        ("role", decision.role),
        ("submitter", decision.submitter),
        ("date", decision.dated.isoformat()),
        ("counts from", _when(validity.begins) or "at once"),
        ("counts until", _when(validity.until) or "no end"),
        *([("at its end", EXPIRIES[validity.on_expiry])] if validity.until is not None else []),
        ("written after", f"entry {decision.sequence - 1} of the register"),
    ]
    rows += [("condition", text) for text in decision.conditions if isinstance(text, str)]
    rows += [("waives", " ".join(decision.findings))] if decision.findings else []
    about = decision.about
    rows += [("held against", about.base)] if about.base else []
    rows += [("report", about.report)] if about.report else []
    rows += [("covers", f"the whole workspace, {about.workspace}")] if about.workspace else []
    rows += [("covers", f"{name} {digest}") for name, digest in sorted({**about.contracts, **about.files}.items())]
    rows += [("condition", condition_line(each)) for each in one.conditions]
    rows.append(("state", one.state(now)))
    people = list(signers(one))
    rows += [("signed by", line) for line in (people[:-1] if one.count is not None else people)]
    rows += [("counted", people[-1])] if one.count is not None else []
    rows += [("stated", line) for line in stated(one)]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name.ljust(width)}  {plain(text)}\n" for name, text in rows)


def signers(one: Signed) -> Iterator[str]:
    """Who signed, and why a signature does not count where it does not."""
    if one.count is None:
        yield "nobody yet"
        return
    for signer in one.count.signers:
        entry = f"entry {signer.registered}" if signer.registered else "not registered"
        place = f" for {signer.acts_for}" if signer.acts_for else ""
        yield f"{signer.member}{place} ({entry})" + (f": does not count, it {signer.why_not}" if signer.why_not else "")
    yield str(one.count)


def stated(one: Signed) -> Iterator[str]:
    """What was stated beside the signatures over the decision, in the register's order."""
    for voice in one.standing.voices:
        if voice.said is None:
            continue
        entry = f"entry {voice.registered}" if voice.registered else "not registered"
        act = voice.act if voice.said.statement.takes_back != "decision" else "revoke the board's decision"
        told = f": {voice.comment}" if voice.comment else ""
        beside = strangers_line(voice.said.strangers)
        yield f"{voice.member}: {act} ({entry}){told}{beside}" + (
            f"; does not count, it {voice.why_not}" if voice.why_not else ""
        )


def condition_line(one: Open) -> str:
    """One condition and its state."""
    if one.met is not None:
        return f"{one.id}: {one.text}; met at entry {one.met} ({', '.join(one.met_by)}): {one.evidence}"
    said = f"; {', '.join(one.met_by)} said that it is" if one.met_by else ""
    return f"{one.id}: {one.text}; not met{said}"


def outcome_line(one: Signed, now: datetime) -> str:
    """How a decision stands, after somebody said something on it."""
    against = sorted({v.member for v in one.standing.voices if v.act == "refuse" and not v.why_not})
    count = f" ({one.count})" if one.count is not None else ""
    if one.state(now) == "refused" and against:
        count = f" by {', '.join(against)}"
    return f"{one.file}: {one.state(now)}{count}" + "".join(f"; {condition_line(each)}" for each in one.unmet)


def verdict_line(one: Signed, now: datetime) -> str:
    """One line for `board verify`."""
    state = one.state(now)
    told = {
        "in force": f"{one.decision.verdict}, in force",
        "open": "open: " + (str(one.count) if one.count is not None else "nobody has signed"),
        "conditions open": "approved, and not to be released before " + ", ".join(each.id for each in one.unmet),
        "returned": f"returned by {_by(one, 'return')}",
        "refused": f"refused at entry {one.standing.settled} by {_by(one, 'refuse')}",
        "revoked": f"taken back at entry {one.standing.settled} by {_by(one, 'revoke')}",
        "ended": f"ended on {_when(one.decision.validity.until)}",
        "not yet": f"counts from {_when(one.decision.validity.begins)}",
    }[state]
    return plain(f"{one.file}: {told}")


def discussion(comments: Iterable[Comment]) -> str:
    """What was said beside a decision; nothing rests on it."""
    lines = [f"  {plain(one.who)}, {plain(one.at)}: {plain(one.text)}\n" for one in comments]
    return "".join(["discussion (not signed):\n", *lines]) if lines else ""


def _by(one: Signed, act: str) -> str:
    """Who stands by it now."""
    last = {voice.member: voice.act for voice in one.standing.voices if not voice.why_not}
    return " and ".join(member for member, said in last.items() if said == act) or "too few who stand by it"


def ending_soon(one: Signed, now: datetime) -> str:
    """A warning where a decision in force ends within 30, 7 or 1 days; empty else."""
    left = one.decision.days_left(now)
    if one.state(now) != "in force" or left is None or left > max(WARN_DAYS):
        return ""
    within = min(days for days in WARN_DAYS if left <= days)
    when = _when(one.decision.validity.until)
    stops = ", and what it let is answered no more" if one.decision.validity.on_expiry == "stop" else ""
    return (
        f"{one.file}: ends within {counted(within, 'day')}, on {when}; from then on a build needs a new decision{stops}"
    )


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
