"""A board, releases that it decided on, and a node with a real trust root that serves what is activated there."""

import json
import shutil
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from board import NOW, Board

from contracts import yaml12
from gateway.release_file import digest_of, parse_release
from gateway.releases.covered import unpack
from gateway.releases.judging import Judge
from gateway.releases.live import read_live, taken_of
from gateway.releases.revoked import revoked_by
from gateway.releases.store import open_node
from gateway.releases.taking import keep_candidate, take_activation
from gateway.trust.keys import read_private
from gateway.trust.release_statement import Activation, Point, Vouch
from governance.release.activate import Asked, activate, roll_back
from governance.release.build import judge_workspace, release_of
from governance.release.open_changes import what_is_open
from governance.release.statements import make, signed, text_of
from governance.release.withdraw import revoke

LATER = NOW + timedelta(days=1)


class Node(Board):
    """`home` is the node's folder. Releases are built in `folder` as `<name>.json`, each on the one before."""

    def __init__(self, folder: Path, **said) -> None:
        super().__init__(folder, **said)
        self.edit("environments/prod.yaml", "public_url: https://api.example.com", "public_url: http://127.0.0.1:8080")
        self.edit("environments/prod.yaml", "public: {host: 0.0.0.0}", "public: {host: 127.0.0.1}")
        self.edit("environments/prod.yaml", "health: {host: 0.0.0.0}", "health: {host: 127.0.0.1}")
        self.edit("tidewaiter.yaml", "port: 9090", "port: 0")
        self.home = folder / "home"
        own = self.home / ".tidewaiter"
        own.mkdir(parents=True)
        settings = yaml12.parse((self.ws / ".tidewaiter/node.yaml").read_bytes(), "node.yaml")
        (own / "node.yaml").write_text(json.dumps({**settings, "trust": str(self.trust)}))

    def copied(self, folder: Path) -> "Node":
        """Everything in another folder, the node's trust root as well."""
        shutil.copytree(self.folder, folder)
        other = object.__new__(Node)
        other.__dict__.update(self.__dict__)
        other.folder, other.ws, other.home, other.trust = folder, folder / "ws", folder / "home", folder / "trust.yaml"
        settings = json.loads((other.own / "node.yaml").read_text())
        (other.own / "node.yaml").write_text(json.dumps({**settings, "trust": str(other.trust)}))
        return other

    @property
    def own(self) -> Path:
        return self.home / ".tidewaiter"

    @property
    def log(self) -> Path:
        return self.own / "releases/environments/prod/log.jsonl"

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.ws / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    def build(self, name: str, base: str | None = None, **decided) -> Path:
        """A release of the workspace as it is, with a decision of that name where something needs one."""
        held = f"release:{self.folder / base}.json" if base is not None else None
        judged = judge_workspace(self.ws, "prod", held, self.trust, NOW)
        if judged.uncovered:
            self.draft(name, what_is_open(judged), **decided)
            self.sign(name)
            judged = judge_workspace(self.ws, "prod", held, self.trust, NOW)
        path = self.folder / f"{name}.json"
        path.write_bytes(release_of(judged, self.ws, "dora").text())
        return path

    def asked(self, person: str | None = None, reason: str = "because") -> Asked:
        key = read_private(self.key(person)) if person else None
        return Asked(self.home, "prod", reason, key, statements=self.folder)

    def activate(self, name: str, *people: str, base: str | None = None):
        held = f"release:{self.folder / base}.json" if base is not None else None
        return self._by(people, lambda one: activate(one, self.folder / f"{name}.json", base=held, now=LATER))

    def by_hand(self, release: bytes, base: bytes | None = None, *people: str):
        """Taken as a gateway takes it, vouched for and activated by the right people, and built by whomever."""
        node = self.node()
        log, memory = node.log()
        head = parse_release(release, "by hand").head
        longest = max((node.trust.seen.length, node.trust.seen.head), (head.register_length, head.register_head))
        known = revoked_by(node, log, Judge(node, taken_of(log, memory.length))).point
        said = {"format": 1, "workspace": "ws", "environment": "prod", "submitter": "anna", "date": LATER.date(),
                "reason": "because", "release": digest_of(release)}  # fmt: skip
        statements = {
            Vouch: make(Vouch, type="vouch", **said),
            Activation: make(
                Activation, type="activation", sequence=log.highest("activation") + 1,
                register=Point(length=longest[0], head=longest[1]), revocations=Point(length=known[0], head=known[1]),
                **said,
            ),
        }  # fmt: skip
        envelopes = []
        for model, statement in statements.items():
            envelope = None
            for person in people or self.people[: self.threshold]:
                envelope = signed(envelope, model, text_of(statement), read_private(self.key(person)))
            envelopes.append(envelope)
        candidate = keep_candidate(node, release, base, *envelopes)
        with self.unpacked(candidate.release) as folder:
            return take_activation(node, candidate, folder, LATER)

    def roll_back(self, digest: str | None = None, *people: str):
        return self._by(people, lambda one: roll_back(one, digest, now=LATER))

    def revoke(self, *people: str, **what):
        return self._by(people, lambda one: revoke(one, now=LATER, **{"unknown_too": True, **what}))

    def _by(self, people, act):
        done = None
        for person in people or self.people[: self.threshold]:
            done = act(self.asked(person))
        return done

    def node(self):
        return open_node(self.home, "prod")

    @contextmanager
    def unpacked(self, digest: str):
        with TemporaryDirectory() as made:
            unpack(self.node().release(digest), Path(made))
            yield Path(made)

    def live(self):
        """What a gateway that starts now would serve, verified as a worker does."""
        node = self.node()
        log, _ = node.log()
        digest = log.live.release if log.live else ""
        if not digest:
            return read_live(node, self.folder)
        with self.unpacked(digest) as folder:
            return read_live(node, folder)
