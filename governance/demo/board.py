"""A board that is played for a demonstration: keys are made for one run, and each command is one that people type."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.trust.keys import create_private, new_private
from gateway.trust.root import ROLE_NAMES
from governance.onboard.place import Place
from governance.onboard.stage import CANDIDATE, set_stage
from governance.reports.fuzz_causes import told_counts

MEMBERS: Final = ("anna", "bert", "carl")
_THRESHOLD: Final = 2


class StoppedError(Exception):
    """Something was not as it had to be; says what."""


@dataclass(slots=True)
class PlayedBoard:
    """Two of three decide. Keys and trust root lie in `folder`, outside of the workspace."""

    folder: Path
    workspace: Path
    environment: str
    variables: dict[str, str] = field(default_factory=dict)
    """Of the environment in which commands run."""
    keys: dict[str, Path] = field(init=False, default_factory=dict)

    def begin(self, entity: str) -> None:
        """The workspace as it is before: the entity a candidate, a trust root, what is private out of git."""
        set_stage(self.workspace, entity, CANDIDATE)
        (self.workspace / ".gitignore").write_text(".tidewaiter/\n", encoding="utf-8")
        git = shutil.which("git")
        if git is None:
            raise StoppedError("git is not installed: what a workspace keeps out of git can then not be told")
        subprocess.run([git, "init", "--quiet", str(self.workspace)], check=True)  # noqa: S603 - a fixed command
        publics = {name: self._key(name) for name in MEMBERS}
        role = {"threshold": _THRESHOLD, "members": list(MEMBERS)}
        root = {
            "format": 1, "workspace": "meridian", "version": 1,
            "members": {name: {"keys": [publics[name]]} for name in MEMBERS}, "roles": dict.fromkeys(ROLE_NAMES, role),
        }  # fmt: skip
        (self.folder / "trust.yaml").write_text(json.dumps(root, indent=2), encoding="utf-8")
        node = self.workspace / ".tidewaiter"
        node.mkdir(mode=0o700)
        trust = os.path.relpath(self.folder / "trust.yaml", node)
        (node / "node.yaml").write_text(f"trust: {json.dumps(trust)}\n", encoding="utf-8")

    def _key(self, name: str) -> str:
        key = new_private()
        self.keys[name] = self.folder / "keys" / f"{name}.key"
        create_private(key, self.keys[name])
        return key.public.text

    def run(self, *words: str, expected: int = 0) -> None:
        """A command of ours on the workspace, shown and run. Raises StoppedError for another exit code."""
        print(f"\n$ tidewaiter {' '.join(words)}", flush=True)
        command = [sys.executable, "-m", "governance.cli.main", *words]
        done = subprocess.run(command, cwd=self.workspace, env=self.variables, check=False)  # noqa: S603
        if done.returncode != expected:
            raise StoppedError(f"tidewaiter {words[0]} ended with {done.returncode} instead of {expected}")

    def first_release(self) -> None:
        """What is live before: all entities but the candidate."""
        file = self.folder / "first.json"
        self.run("board", "draft", "first", "--title", "First release", "--reason", "we begin", "--submitter", "dora",
                 "-e", self.environment)  # fmt: skip
        self._decide("first")
        self.run("release", "build", "-e", self.environment, "--output", str(file))
        activate = ("release", "activate", str(file), "-e", self.environment, "--into", str(self.folder))
        self.run(*activate, "--key", str(self.keys["anna"]), expected=1)
        self._sign_release(file)
        self.run(*activate, "--by", "anna")

    def onboard(self, entity: str, *options: str) -> None:
        """Evidence, the board's decision, a release that two sign for, live."""
        command = ("onboard", entity, "--environment", self.environment, *options)
        place = self.place(entity)
        self.run(*command, "--submitter", "dora", expected=1)
        name = self.drafted(entity)
        self._decide(name)
        self.run("verify", str(place.report), "--decision", name)
        self.run(*command, "--key", str(self.keys["anna"]), expected=1)
        self._sign_release(place.release)
        self.run(*command)

    def drafted(self, entity: str) -> str:
        """The decision on its onboarding. Raises StoppedError where there is none."""
        name = next((path.stem for path in (self.workspace / "decisions").glob(f"onboard-{entity}-*.yaml")), None)
        if name is None:
            raise StoppedError("nothing was drafted for the board: what is told above stopped it before")
        return name

    def place(self, entity: str) -> Place:
        """Where the onboarding of the entity lies."""
        return Place(self.workspace, entity, self.environment)

    def _decide(self, name: str) -> None:
        for person in MEMBERS[:_THRESHOLD]:
            self.run("board", "sign", name, "--key", str(self.keys[person]))

    def _sign_release(self, file: Path) -> None:
        for kind in ("vouch", "activation"):
            self.run(
                "release", "sign", str(file.with_name(f"{file.stem}.{kind}.yaml")), "--key", str(self.keys["bert"])
            )

    def summary(self, entity: str) -> str:
        """What was checked, and what is live."""
        place = self.place(entity)
        manifest: dict[str, Any] = json.loads((place.report / "manifest.json").read_bytes())
        events = [json.loads(line) for line in place.journal.read_text(encoding="utf-8").splitlines()]
        live = next(
            one["facts"]["release"] for one in reversed(events) if (one["step"], one["state"]) == ("live", "done")
        )
        findings = json.loads((place.report / "fuzz.json").read_bytes())["findings"]
        coverage, calls = manifest["coverage"], manifest["recording"]["entries"]
        tested = f"{sum(coverage.values())} of {len(coverage)} operations tested in {calls} calls"
        found = f"{told_counts(findings)}, before a board of two"
        served = f"{manifest['entity']['name']} ({entity}) in {live[:19]}"
        return f"checked: {len(manifest['contracts'])} contracts, {tested}, {found}; live: {served}"


def variables_of(given: Mapping[str, str]) -> dict[str, str]:
    """An environment in which our commands run, with a key for recordings that lasts as long as this run."""
    here = str(Path(__file__).resolve().parent.parent.parent)
    paths = os.pathsep.join(filter(None, (here, given.get("PYTHONPATH"))))
    return {**given, "PYTHONPATH": paths, "TIDEWAITER_SECRET_RECORDING_KEY": secrets.token_urlsafe(32)}
