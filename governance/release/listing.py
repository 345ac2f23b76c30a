"""What was active on a node, one row an activation, the oldest first; and what was revoked."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.diagnostic import InvalidInputError
from contracts.plain import plain
from gateway.ending import warnings_of
from gateway.releases.clock import Clock
from gateway.releases.judging import Judge
from gateway.releases.live import taken_of
from gateway.releases.revoked import revoked_by
from gateway.releases.store import Node
from gateway.trust.release_statement import Activation, Revocation
from governance.release.environments import judge_named, known_node


def listing(home: Path, environment: str) -> list[dict[str, Any]]:
    """Rows of the log with what was signed. Raises InvalidInputError where something is missing or was changed."""
    node = known_node(home, environment)
    judge_named(node)
    log, memory = node.log()
    judge = Judge(node, taken_of(log, memory.length))
    revoked = revoked_by(node, log, judge)
    rows: list[dict[str, Any]] = []
    now = datetime.fromtimestamp(Clock(node).now(), UTC)
    for entry in log.of("activation"):
        said = judge(node.statement(entry.statement), Activation, entry).said
        ends = _ends(node, entry.release, now) if log.live is entry else {}
        rows.append({
            "release": entry.release, "environment": environment, "sequence": entry.number, "at": entry.at,
            "people": list(entry.people), "submitter": said.submitter, "reason": said.reason,
            "withdrawn": revoked.withdrawn.get(entry.release), "live": log.live is entry,
            "in_store": node.release_path(entry.release).is_file(), "file": str(node.release_path(entry.release)),
            **ends,
        })  # fmt: skip
    return rows


def revocations(home: Path, environment: str) -> list[dict[str, Any]]:
    """Every revocation that the node took, in order. Raises as `listing` does."""
    node = known_node(home, environment)
    log, memory = node.log()
    judge = Judge(node, taken_of(log, memory.length))
    revoked_by(node, log, judge)
    rows: list[dict[str, Any]] = []
    for entry in log.of("revocation"):
        said = judge(node.statement(entry.statement), Revocation, entry).said
        rows.append({
            "sequence": entry.number, "at": entry.at, "people": list(entry.people), "reason": said.reason,
            "releases": list(said.withdrawn),
            "not_in_store": [one for one in said.withdrawn if not node.release_path(one).is_file()],
            "credentials": [f"{one.kind} {one.name}" for one in said.credentials],
            "issuer_keys": [f"{one.issuer}/{one.key}" for one in said.issuer_keys],
        })  # fmt: skip
    return rows


def revocations_as_text(rows: list[dict[str, Any]]) -> str:
    """The rows for people; empty where there are none."""
    lines = []
    for row in rows:
        by = ", ".join(row["people"])
        lines.append(f"revocation {row['sequence']}  {row['at']}  by {by}: {plain(row['reason'])}")
        gone = row["not_in_store"]
        lines += [f"      release {one}{'  (not in this store)' if one in gone else ''}" for one in row["releases"]]
        lines += [f"      {plain(one)}" for one in row["credentials"]]
        lines += [f"      issuer-key {plain(one)}" for one in row["issuer_keys"]]
    return "".join(f"{one}\n" for one in lines)


def _ends(node: Node, release: str, now: datetime) -> dict[str, Any]:
    """Of the live release: what it lets until a moment, as this node's clock knows it, and what to warn of."""
    try:
        ends = node.release(release).head.ends
    except InvalidInputError:
        return {}
    return {
        "ends": [
            {"at": one.moment, "by": one.let_by, "let": one.of, "on_expiry": one.on_expiry, "ended": one.at <= now,
             "operations": [str(row) for row in one.operations]}
            for one in ends
        ],
        "warnings": [line for _, line in warnings_of(ends, now)],
    }  # fmt: skip


def text_of(rows: list[dict[str, Any]]) -> str:
    """The rows for people."""
    if not rows:
        return "no release was active here\n"
    lines = []
    for row in rows:
        marks = ["live"] if row["live"] else []
        marks += [f"withdrawn: {plain(row['withdrawn'])}"] if row["withdrawn"] is not None else []
        marks += ["its file is gone"] if not row["in_store"] else []
        if row["live"] and row["withdrawn"] is not None:
            marks.append("WITHDRAWN AND LIVE: it serves until another one is activated")
        where = row["environment"] or "no environment"
        lines.append(
            f"{row['sequence']:>4}  {row['release']}  {where}  {row['at']}  by {', '.join(row['people'])}"
            f"{'  ' + '; '.join(marks) if marks else ''}\n      {plain(row['reason'])}"
        )
        lines += [f"      file: {plain(row['file'])}"] if row["in_store"] else []
        lines += [f"      warning: {plain(one)}" for one in row.get("warnings", ())]
        ahead = [one for one in row.get("ends", ()) if not one["ended"]]
        lines += [
            f"      {one['at']}: {plain(one['by'])} ends ({one['on_expiry']}): {plain(one['let'])}" for one in ahead
        ]
    return "\n".join(lines) + "\n"
