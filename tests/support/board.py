"""A workspace with a board of several people, whose keys and trust root lie outside of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.trust.decision import About
from gateway.trust.keys import new_private, read_private
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from gateway.trust.signed import decision_entry
from governance.decisions.draft import Draft, write_draft
from governance.decisions.signing import sign_decision
from governance.starter import write_workspace

ROLES = ("root", "board", "release", "activation", "override", "revocation")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SOME = "sha256:" + "ab" * 32


def before_its_end(workspace: Path, name: str, now: datetime) -> datetime:
    """When a decision is signed: now, or before it ended."""
    until = decision_entry(workspace, name).value.validity.until
    return now if until is None else min(now, until - timedelta(seconds=1))


class Board:
    """`ws` the workspace, `trust` the root's file. People's keys are in `keys/<person>.key`."""

    def __init__(self, folder: Path, people=("anna", "bert", "carl"), threshold=2) -> None:
        self.folder = folder
        self.ws = folder / "ws"
        self.trust = folder / "trust.yaml"
        self.started = write_workspace(self.ws, NOW.timestamp())
        for name in (".tidewaiter/trust.yaml", ".tidewaiter/development.key"):
            (self.ws / name).unlink()
        self.publics = {name: self.new_key(name) for name in people}
        self.people, self.threshold = people, threshold
        self.write_root()

    def new_key(self, name: str) -> str:
        key = new_private()
        self.key(name).parent.mkdir(exist_ok=True)
        self.key(name).touch(0o600)
        self.key(name).write_bytes(key.pem(None))
        return key.public.text

    def key(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.key"

    def root(self, **changes) -> dict:
        role = {"threshold": self.threshold, "members": list(self.people)}
        tree = {
            "format": 1,
            "workspace": "ws",
            "version": 1,
            "members": {name: {"keys": [self.publics[name]]} for name in self.people},
            "roles": {name: dict(role) for name in ROLES},
        }
        return {**tree, **changes}

    def write_root(self, path: Path | None = None, **changes) -> Path:
        path = path or self.trust
        path.write_text(json.dumps(self.root(**changes), indent=2))
        return path

    def draft(self, name="first", about=None, **said) -> Path:
        told = {"title": "T", "reason": "because", "verdict": "approve", "submitter": "dora", "environment": "prod"}
        about = about or About(contracts={"sales@1.0": SOME})
        file = write_draft(self.ws, name, Draft(**{**told, **said}), about, read_register(self.ws), NOW)
        return self.ws / file

    def sign(self, name="first", *people: str):
        done = None
        when = before_its_end(self.ws, name, NOW)
        for person in people or self.people[: self.threshold]:
            key = read_private(self.key(person))
            done = sign_decision(self.ws, name, key, find_trust(self.ws, self.trust), when)
        return done

    def envelope(self, name="first") -> Path:
        return self.ws / "decisions" / f"{name}.dsse.json"

    def edit_envelope(self, change, name="first") -> None:
        tree = json.loads(self.envelope(name).read_text())
        change(tree)
        self.envelope(name).write_text(json.dumps(tree))

    @property
    def register(self) -> Path:
        return self.ws / "decisions" / "register.jsonl"
