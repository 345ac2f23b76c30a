"""A workspace with an entity to be onboarded on `fuzz_system`, and a board of three whose keys lie outside of it."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from fuzz_system import contract
from fuzz_workspace import SECRETS, workspace

from gateway.trust.keys import new_private, read_private
from gateway.trust.place import find_trust
from governance.cli.main import main
from governance.decisions.signing import sign_decision
from governance.onboard.place import Place

PEOPLE = ("anna", "bert", "carl")
ENVIRONMENT = {**SECRETS, "TIDEWAITER_SECRET_RECORDING_KEY": "a-key-of-this-test-0123456789"}
DRIVER = Path(__file__).with_name("onboard_killed.py")


def reads_only(*, path="/parties"):
    """Its contract with the two reads, or one of them: a run takes seconds."""
    made = contract()
    made["paths"] = {
        name: {key: value for key, value in item.items() if key in ("get", "parameters")}
        for name, item in made["paths"].items() if path is None or name == path
    }  # fmt: skip
    return made


class Onboarding:
    """`ws` the workspace, `trust` the root's file, `place` where onboarding keeps what it does."""

    def __init__(self, folder, port, *, document=None, threshold=2, **more):
        self.folder = folder
        self.ws = workspace(folder / "ws", port, document=document or reads_only(), **more)
        (self.ws / ".gitignore").write_text(".tidewaiter/\n")
        subprocess.run(["git", "init", "-q", str(self.ws)], check=True)
        self.trust = folder / "trust.yaml"
        self.threshold = threshold
        self.place = Place(self.ws, "harbour", "test")
        publics = {name: self._key(name) for name in PEOPLE}
        role = {"threshold": threshold, "members": list(PEOPLE)}
        roles = ("root", "board", "release", "activation", "override", "revocation")
        (self.ws / ".tidewaiter").mkdir(mode=0o700)
        (self.ws / ".tidewaiter/node.yaml").write_text("trust: ../../trust.yaml\n")
        self.trust.write_text(json.dumps({
            "format": 1, "workspace": "fuzzed", "version": 1,
            "members": {name: {"keys": [publics[name]]} for name in PEOPLE}, "roles": dict.fromkeys(roles, role),
        }))  # fmt: skip

    def copied(self, folder, upto=None):
        """A copy elsewhere, as it was before the event `step state` where one is named."""
        shutil.copytree(self.folder, folder)
        copy = object.__new__(Onboarding)
        copy.folder, copy.ws, copy.trust = folder, folder / "ws", folder / "trust.yaml"
        copy.threshold, copy.place = self.threshold, Place(folder / "ws", "harbour", "test")
        if upto is not None:
            lines = copy.place.journal.read_text().splitlines(keepends=True)
            copy.place.journal.write_text("".join(lines[: copy.events().index(upto)]))
        return copy

    def _key(self, name):
        key = new_private()
        path = self.key(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_bytes(key.pem(None))
        return key.public.text

    def key(self, name):
        return self.folder / "keys" / f"{name}.key"

    def arguments(self, *more, examples=1):
        where = ("-w", str(self.ws), "-e", "test", "--submitter", "dora")
        return ["onboard", "harbour", *where, "--examples", str(examples), *more]

    def run(self, *more):
        """The exit code of a run in this process."""
        return main(self.arguments(*more))

    def killed(self, at, *more, seconds=None):
        """Run in a process of its own that is killed at its `at`-th event, or after so many seconds; its exit code."""
        with self.started(at, *more) as process:
            try:
                process.communicate(timeout=seconds or 60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
        return process.returncode

    def started(self, at=0, *more):
        """A run in a process of its own, as a context; it kills itself at its `at`-th event."""
        command = [sys.executable, str(DRIVER), str(at), *self.arguments(*more)]
        environment = {**os.environ, **ENVIRONMENT}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def drafts(self):
        """Names of the decisions that were drafted."""
        return sorted(path.stem for path in (self.ws / "decisions").glob("*.yaml"))

    def sign(self, name=None, people=PEOPLE):
        for person in people[: self.threshold]:
            key = read_private(self.key(person))
            sign_decision(self.ws, name or self.drafts()[-1], key, find_trust(self.ws, self.trust), datetime.now(UTC))

    def events(self):
        """`step state`, in their order."""
        lines = self.place.journal.read_text().splitlines()
        return [f"{one['step']} {one['state']}" for one in map(json.loads, lines)]

    def fact(self, step, name):
        lines = self.place.journal.read_text().splitlines()
        return [one["facts"][name] for one in map(json.loads, lines) if one["step"] == step and name in one["facts"]][
            -1
        ]

    def stage(self):
        return json.loads((self.ws / "entities/harbour.yaml").read_text())["stage"]
