"""A repository with a governed workspace: people's keys and the trust root lie outside of it, and each step is a commit."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from board import before_its_end

from gateway.release_file import FORMAT, Head, ReleaseFile, digest_of
from gateway.trust.decision import About
from gateway.trust.keys import new_private, read_private
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from governance.changes.state import read_state
from governance.decisions.draft import Draft, write_draft
from governance.decisions.signing import sign_decision
from governance.gate.judge import judge
from governance.release.build import judge_workspace

QUAY = Path(__file__).resolve().parent.parent / "workspaces" / "quay"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BOARD = ("anna", "bert", "carl")
"""Two of them are the quorum."""
OWNERS = ("ole", "lena", "nils", "paul", "petra")
"""Who stands for whom says governance/board.yaml of the workspace."""
ROLES = ("root", "board", "release", "activation", "override", "revocation")


class Gated:
    """`ws` the workspace, in the repository `repo`. Branch `main`; nothing is fetched from anywhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = folder / "repo"
        self.ws = self.repo
        self.trust = folder / "trust.yaml"

    @classmethod
    def new(cls, folder: Path) -> "Gated":
        made = cls(folder)
        shutil.copytree(QUAY, made.repo)
        publics = {}
        for name in (*BOARD, *OWNERS):
            key = new_private()
            made.key(name).parent.mkdir(exist_ok=True)
            made.key(name).touch(0o600)
            made.key(name).write_bytes(key.pem(None))
            publics[name] = {"keys": [key.public.text]}
        role = {"threshold": 2, "members": list(BOARD)}
        tree = {"format": 1, "workspace": "quay", "version": 1, "members": publics, "roles": dict.fromkeys(ROLES, role)}
        made.trust.write_text(json.dumps(tree))
        made.write(".gitattributes", "* text=auto eol=lf\ndecisions/* -text\n")
        made.git("init", "-q", "-b", "main", "--template=")
        made.commit("the workspace")
        return made

    def copied(self, folder: Path) -> "Gated":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Gated(folder)

    def key(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.key"

    def git(self, *arguments: str, check: bool = True, folder: Path | None = None) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", *identity, *arguments], check=check, capture_output=True, text=True, cwd=folder or self.repo,
            env={**os.environ, **quiet},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, message: str = "more") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def text(self, file: str) -> str:
        return (self.ws / file).read_text()

    def write(self, file: str, text: str | bytes) -> None:
        path = self.ws / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def edit(self, file: str, old: str, new: str, every: bool = False) -> None:
        text = self.text(file)
        assert old in text, f"{old!r} is not in {file}"
        self.write(file, text.replace(old, new) if every else text.replace(old, new, 1))

    def append(self, file: str, text: str) -> None:
        self.write(file, self.text(file) + text)

    def remove(self, file: str) -> None:
        (self.ws / file).unlink()

    def judge(self, base="main", *, trust: bool | Path = True, now=NOW, **said):
        file = self.trust if trust is True else trust or None
        return judge(self.ws, base, trust_file=file, now=now, **said)

    def decide(self, name, judged, *signers, names=None, **said) -> None:
        """Decide on what a judgement leaves open, or on the changes of these names."""
        changes = [one.change for one in judged.rulings]
        wanted = names if names is not None else [one.change.name for one in judged.undecided]
        about = About(
            contracts={one.name: one.digest for one in changes if one.kind == "contract" and one.name in wanted},
            files={one.name: one.digest for one in changes if one.kind == "file" and one.name in wanted},
        )
        self.draft(name, about, **said)
        self.sign(name, *signers)

    def release(self, file: str, environment: str | None = None) -> str:
        """The workspace as it lies here as a release that a base is read from: its decisions are none of a base's."""
        contents = read_state(self.ws, environment)
        register = read_register(self.ws)
        head = Head(
            format=FORMAT, workspace="quay", environment=contents.workspace.environment,
            workspace_digest=contents.workspace.digest, built_by="a test", judged_on=NOW.date(), development=False,
            trust_version=1, trust_digest=digest_of(self.trust.read_bytes()), register_length=register.length,
            register_head=register.head, decisions=(), changes=(),
        )  # fmt: skip
        kept = {"decisions/register.jsonl": self.register.read_bytes()} if self.register.exists() else {}
        path = self.folder / file
        path.write_bytes(ReleaseFile(head, {**contents.files, **kept}).text())
        return f"release:{path}"

    @property
    def register(self) -> Path:
        return self.ws / "decisions" / "register.jsonl"

    def build(self, base: str, environment: str | None = None, now=NOW):
        """What `release build` judges."""
        return judge_workspace(self.ws, environment, base, self.trust, now)

    def draft(self, name, about, now=NOW, **said) -> None:
        told = {"title": "T", "reason": "because", "verdict": "approve", "submitter": "dora", "environment": ""}
        write_draft(self.ws, name, Draft(**{**told, **said}), about, read_register(self.ws), now)

    def sign(self, name, *signers, now=NOW) -> None:
        now = before_its_end(self.ws, name, now)
        for person in signers or BOARD[:2]:
            sign_decision(self.ws, name, read_private(self.key(person)), find_trust(self.ws, self.trust), now)


def names(rulings) -> list[str]:
    return [one.change.name for one in rulings]


def classes(ruling) -> str:
    return " ".join(sorted(one.value for one in ruling.change.classes))


def rules(ruling) -> set[str]:
    return {point.finding.rule for point in ruling.change.points}


def ruling_of(verdict, name):
    found = {one.change.name: one for one in verdict.rulings}
    assert name in found, sorted(found)
    return found[name]


def told(rulings) -> list:
    """All that a judgement says of each change, without places."""
    return sorted(
        (
            one.change.kind, one.change.name, one.change.digest, classes(one), str(one.asked), one.decided_by,
            sorted((point.finding.rule, point.finding.fingerprint, point.finding.message, sorted(point.classes),
                    sorted(caller.consumer for caller in point.callers)) for point in one.change.points),
            sorted((point.finding.rule, point.finding.fingerprint) for point in one.change.noted),
        )
        for one in rulings
    )  # fmt: skip
