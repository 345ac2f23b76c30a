"""What was active on a node: one row an activation, the oldest first."""

from pathlib import Path
from typing import Any

from contracts.plain import plain
from gateway.releases.judging import Judge
from gateway.releases.live import taken_of
from gateway.releases.revoked import revoked_by
from gateway.trust.release_statement import Activation
from governance.release.environments import known_node


def listing(home: Path, environment: str) -> list[dict[str, Any]]:
    """Rows of the log with what was signed. Raises InvalidInputError where something is missing or was changed."""
    node = known_node(home, environment)
    log, memory = node.log()
    judge = Judge(node, taken_of(log, memory.length))
    revoked = revoked_by(node, log, judge)
    rows: list[dict[str, Any]] = []
    for entry in log.of("activation"):
        said = judge(node.statement(entry.statement), Activation, entry).said
        rows.append({
            "release": entry.release, "environment": environment, "sequence": entry.number, "at": entry.at,
            "people": list(entry.people), "submitter": said.submitter, "reason": said.reason,
            "withdrawn": revoked.withdrawn.get(entry.release), "live": log.live is entry,
            "in_store": node.release_path(entry.release).is_file(),
        })  # fmt: skip
    return rows


def text_of(rows: list[dict[str, Any]]) -> str:
    """The rows for people."""
    if not rows:
        return "no release was active here\n"
    lines = []
    for row in rows:
        marks = ["live"] if row["live"] else []
        marks += [f"withdrawn: {plain(row['withdrawn'])}"] if row["withdrawn"] is not None else []
        marks += ["its file is gone"] if not row["in_store"] else []
        where = row["environment"] or "no environment"
        lines.append(
            f"{row['sequence']:>4}  {row['release']}  {where}  {row['at']}  by {', '.join(row['people'])}"
            f"{'  ' + '; '.join(marks) if marks else ''}\n      {plain(row['reason'])}"
        )
    return "\n".join(lines) + "\n"
