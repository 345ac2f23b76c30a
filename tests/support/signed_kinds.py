"""Everything that people sign, as rows: how one is made, and how a node takes it, by the way that commands take it.

A payload type of the code without a row here, or an act of the board without one, fails tests/governance/trust.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from board import NOW, SOME
from board_acts import Acting
from board_pages import Browser, Pages
from released import LATER, Node
from soft_passkey import SoftPasskey

from contracts.diagnostic import InvalidInputError
from gateway.release_file import digest_of, parse_release
from gateway.releases.covered import unpack
from gateway.releases.live import Candidate, judge_candidate
from gateway.releases.overrides import take_override
from gateway.releases.store import open_node
from gateway.releases.taking import keep_candidate, take_activation, take_revocation
from gateway.trust.board_stated import read_statements
from gateway.trust.board_statement import STATEMENT_TYPE, BoardStatement, Condition
from gateway.trust.decision import DECISION_TYPE, About, Decision
from gateway.trust.delegations import delegations_of
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.keys import read_private
from gateway.trust.passkeys import passkeys_of
from gateway.trust.place import find_trust
from gateway.trust.register import read_register
from gateway.trust.release_statement import (
    PAYLOAD_TYPES,
    Activation,
    Credential,
    IssuerKey,
    Override,
    Revocation,
    Vouch,
)
from gateway.trust.root import ROOT_TYPE, Root
from governance.decisions.detached import SIGN_IN_TYPE
from governance.decisions.signing import register_signatures
from governance.release.statements import make, text_of

CONTRACT = "contracts/sales/1.0.yaml"
ELSE = "sha256:" + "cd" * 32
PEOPLE = ("anna", "bert", "carl")


class TwoKeys:
    """A root in which anna has two keys: `anna` and `anna2`."""

    def root(self, **changes):
        tree = super().root(**changes)
        if "anna2" not in self.publics:
            self.publics["anna2"] = self.new_key("anna2")
        if "members" not in changes:
            tree["members"]["anna"]["keys"].append(self.publics["anna2"])
        return tree


class Serving(TwoKeys, Node):
    """A node on which `first` is live; the release `second` waits."""


class Deciding(TwoKeys, Acting):
    """A board with a decision before it, whose trust root stays the one that it is."""

    @cached_property
    def found(self):
        return find_trust(self.ws, self.trust)

    def trusted(self):
        return self.found


def kept(folder: Path) -> dict[Path, bytes]:
    """Each file below, with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_back(folder: Path, files: dict[Path, bytes]) -> None:
    """As `kept` found it."""
    for path, text in kept(folder).items():
        if path not in files:
            path.unlink()
        elif files[path] != text:
            path.write_bytes(files[path])
    for path, text in files.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)


class Rig:
    """A node with a real trust root, a board, and both once more under another name with the same people's keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.node = self._serving(folder / "node")
        self.board = self._deciding(folder / "board")
        self.board.draft(
            about=About(contracts={"sales@1.0": SOME}, files={"consumers/x.yaml": SOME}, report=SOME, base=SOME),
            conditions=("read it",), blocking=(Condition(id="tested", text="a load test"),), until=NOW + timedelta(30),
        )  # fmt: skip
        self.board.draft("second")
        self.passkey = SoftPasskey()
        self.pages = Pages(self.board)
        self.other = self._renamed(folder / "other")
        self.counted: dict[str, list[object]] = {}
        self.acts = {act: self._before(act) for act in ACTS}

    def _serving(self, folder: Path) -> Serving:
        node = Serving(folder)
        node.build("first")
        node.activate("first")
        node.revoke(releases=["sha256:" + "ef" * 32])
        self.revoked = node.live().revoked.point
        node.edit(CONTRACT, "openapi:", "# a note\nopenapi:")
        self.release = node.build("second", "first").read_bytes()
        self.digest = digest_of(self.release)
        self.unpacked = folder / "unpacked"
        unpack(parse_release(self.release, "second"), self.unpacked)
        self.store = kept(node.own)
        return node

    def _deciding(self, folder: Path) -> Deciding:
        board = Deciding(folder)
        find_trust(board.ws, board.trust).remember(read_register(board.ws))
        return board

    def _renamed(self, folder: Path) -> Deciding:
        other = Deciding(folder)
        for person in (*PEOPLE, "anna2"):
            other.key(person).write_bytes(self.board.key(person).read_bytes())
        other.publics = dict(self.board.publics)
        settings = other.ws / "tidewaiter.yaml"
        settings.write_text(settings.read_text().replace("name: ws", "name: other"))
        other.write_root(workspace="other")
        other.draft("first")
        return other

    def _before(self, act: str) -> dict[Path, bytes]:
        """The board's folder as it was before somebody says that."""
        empty = kept(self.board.ws / "decisions")
        if act == "revoke":
            self.board.sign("first", "anna")
        if act == "end-delegation":
            self.board.delegate("anna", "bert")
        if act == "end-passkey":
            self.board.say("anna", "passkey", "", until=NOW + timedelta(20), **self.passkey.named())
        made = kept(self.board.ws / "decisions")
        put_back(self.board.ws / "decisions", empty)
        return made

    def signed(self, kind: str, text: bytes, *people: str) -> Envelope:
        """That text, signed as that kind of thing."""
        message = pre_authentication(kind, text)
        home = self.board if kind in (ROOT_TYPE, DECISION_TYPE, STATEMENT_TYPE, SIGN_IN_TYPE) else self.node
        keys = [read_private(home.key(person)) for person in people]
        return Envelope(kind, text, tuple(Signature(key.public.id, key.sign(message)) for key in keys))

    @contextmanager
    def as_it_was(self, kind: "Kind") -> Iterator[None]:
        """What is taken inside is not taken afterwards."""
        homes = {folder: kept(folder) for folder in (self.board.ws / "decisions", self.other.ws / "decisions")}
        if kind.payload_type in PAYLOAD_TYPES.values():
            homes = {self.node.own: self.store}
        try:
            yield
        finally:
            for folder, files in homes.items():
                put_back(folder, files)


# How each kind is made, and taken.


def root_text(rig: Rig) -> bytes:
    return json.dumps(rig.board.root(version=2), indent=2).encode()


def take_root(rig: Rig, envelope: Envelope, board: Deciding | None = None) -> str:
    board = board or rig.board
    folder = rig.folder / "next"
    folder.mkdir(exist_ok=True)
    (folder / "trust.yaml").write_bytes(envelope.payload)
    (folder / "trust.dsse.json").write_bytes(write_envelope(envelope))
    return find_trust(board.ws, folder / "trust.yaml").root.digest


def decision_text(rig: Rig) -> bytes:
    return (rig.board.ws / "decisions/first.yaml").read_bytes()


def take_decision(rig: Rig, envelope: Envelope, board: Deciding | None = None) -> str:
    """As somebody who writes to the workspace would put it in: the file, its envelope, lines of the register."""
    board = board or rig.board
    (board.ws / "decisions/first.yaml").write_bytes(envelope.payload)
    (board.ws / "decisions/first.dsse.json").write_bytes(write_envelope(envelope))
    register_signatures(board.ws, ["first"], board.trusted(), NOW)
    state = board.state()
    board.read_all()
    return state if state in ("in force", "conditions open") else ""


SAID = {
    "approve": {"comment": "fine", "conditions": (Condition(id="load", text="a load test"),)},
    "return": {}, "refuse": {}, "abstain": {"comment": ""}, "revoke": {"takes_back": "own"},
    "met": {"condition": "tested", "evidence": "run 4"},
    "delegate": {"to": "bert", "until": NOW + timedelta(20)}, "end-delegation": {"to": "bert"},
    "passkey": {"until": NOW + timedelta(20)}, "end-passkey": {},
}  # fmt: skip
ACTS = tuple(SAID)


def statement_text_of(act: str) -> Callable[[Rig], bytes]:
    def text(rig: Rig) -> bytes:
        put_back(rig.board.ws / "decisions", rig.acts[act])
        parts = dict(SAID[act])
        if act.endswith("passkey"):
            named = rig.passkey.named()
            parts |= named if act == "passkey" else {"credential": named["credential"]}
        return rig.board.text("anna", act, "" if "name" in parts or act in OF_NONE else "first", **parts)

    return text


OF_NONE = ("delegate", "end-delegation", "passkey", "end-passkey")


def take_statement_of(act: str) -> Callable[..., str]:
    def take(rig: Rig, envelope: Envelope, board: Deciding | None = None) -> str:
        """By the command; and put in by hand with its line of the register: what it changes, if anything."""
        if board is None:
            put_back(rig.board.ws / "decisions", rig.acts[act])
        board = board or rig.board
        before = _counted(rig, act, board)
        if len(envelope.signatures) == 1 and envelope.payload_type == STATEMENT_TYPE:
            with suppress(InvalidInputError):
                board.take(envelope.payload, envelope.signatures[0])
                return "by the command"
        folder = board.ws / "decisions/statements"
        folder.mkdir(exist_ok=True)
        (folder / "by-hand.dsse.json").write_bytes(write_envelope(envelope))
        register_signatures(board.ws, ["first"], board.trusted(), NOW)
        return "by hand" if counting(board) != before else ""

    return take


def _counted(rig: Rig, act: str, board: Deciding) -> list[object]:
    if board is not rig.board:
        return counting(board)
    if act not in rig.counted:
        rig.counted[act] = counting(board)
    return rig.counted[act]


def counting(board: Deciding) -> list[object]:
    """All that counts: positions, conditions, who stands in, passkeys."""
    trust, register = board.trusted(), read_register(board.ws)
    stated = read_statements(board.ws, trust, register)
    decided = [
        (one.name, [(v.member, v.act) for v in one.standing.voices if not v.why_not], [c.id for c in one.unmet], one.count)
        for one in board.read_all()
    ]  # fmt: skip
    return [decided, delegations_of(stated, trust.root), passkeys_of(stated.said, trust.root)]


def told(model: type) -> dict[str, object]:
    return {"format": 1, "type": model.__name__.lower(), "workspace": "ws", "environment": "prod",
            "submitter": "anna", "date": NOW.date(), "reason": "because"}  # fmt: skip


def vouch_text(rig: Rig) -> bytes:
    return text_of(make(Vouch, **told(Vouch), release=rig.digest))


def activation_text(rig: Rig) -> bytes:
    register = read_register(rig.node.ws)
    point = {"length": register.length, "head": register.head}
    return text_of(make(Activation, **told(Activation), release=rig.digest, sequence=2, register=point,
                        revocations=dict(zip(("length", "head"), rig.revoked, strict=True))))  # fmt: skip


def revocation_text(rig: Rig) -> bytes:
    return text_of(make(
        Revocation, **told(Revocation), sequence=2, previous=rig.revoked[1], withdrawn=(ELSE,),
        credentials=(Credential(kind="key", name="abc"),), issuer_keys=(IssuerKey(issuer="corporate", key="2024"),),
    ))  # fmt: skip


def override_text(_: Rig) -> bytes:
    return text_of(make(Override, **told(Override), sequence=1, operations=("sales/listOrders",), start=NOW, hours=4))


def take_into(model: type) -> Callable[..., str]:
    """A vouch or an activation, the other one as it should be."""

    def take(rig: Rig, envelope: Envelope, node: object = None, *, for_good: bool = False) -> str:
        opened = node or rig.node.node()
        parts = {
            Vouch: rig.signed(PAYLOAD_TYPES[Vouch], vouch_text(rig), "anna", "bert"),
            Activation: rig.signed(PAYLOAD_TYPES[Activation], activation_text(rig), "anna", "bert"),
            model: envelope,
        }
        candidate = keep_candidate(opened, rig.release, None, parts[Vouch], parts[Activation])
        judge_candidate(opened, candidate, rig.unpacked)
        if for_good:
            take_activation(opened, Candidate(rig.digest, parts[Vouch], parts[Activation]), rig.unpacked, LATER)
        return "judged"

    return take


def take_revoked(rig: Rig, envelope: Envelope, node: object = None) -> str:
    return str(take_revocation(node or rig.node.node(), envelope, LATER).point)


def take_overridden(rig: Rig, envelope: Envelope, node: object = None) -> str:
    return take_override(node or rig.node.node(), envelope, NOW).digest


def sign_in_text(rig: Rig) -> bytes:
    async def ask() -> bytes:
        rig.browser = Browser(rig.pages)
        await rig.browser.get("/sign-in")
        return (await rig.browser.get("/sign-in/text")).body

    return asyncio.run(ask())


def take_sign_in(rig: Rig, envelope: Envelope, pages: Pages | None = None) -> str:
    """The line is pasted; the text is not sent along, the pages know which one they showed."""
    import base64

    async def paste() -> str:
        browser = rig.browser
        if pages is not None:
            browser = Browser(pages)
            await browser.get("/sign-in")
        for one in envelope.signatures:
            value = base64.b64encode(one.value).decode()
            answer = await browser.post("/sign-in", signature=f"tidewaiter-signature:{one.key_id}:{value}")
            if answer.status == 303:
                return answer.location
        return ""

    return asyncio.run(paste())


@dataclass(frozen=True)
class Kind:
    """One kind of signed thing."""

    name: str
    payload_type: str
    model: type | None
    text: Callable[[Rig], bytes]
    take: Callable[..., str]
    free: frozenset[str]
    """Fields that another value may stand in, if the same people sign it: what is decided, and what is for readers."""
    people: tuple[str, ...] = ("anna", "bert")
    sends_text: bool = True
    """Whether the text goes along with the signatures."""

    def taken(self, rig: Rig, envelope: Envelope, *where: object) -> str:
        """What came of it; empty where it was refused or changed nothing. Nothing of it stays."""
        with rig.as_it_was(self):
            try:
                return self.take(rig, envelope, *where)
            except InvalidInputError:
                return ""

    def envelope(self, rig: Rig) -> Envelope:
        """As it should be."""
        return rig.signed(self.payload_type, self.text(rig), *self.people)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _release(model: type, text: Callable[[Rig], bytes], take: Callable[..., str], free: str) -> Kind:
    return Kind(model.__name__.lower(), PAYLOAD_TYPES[model], model, text, take, words(f"submitter date reason {free}"))


_STATED = {
    "approve": "comment conditions", "return": "comment", "refuse": "comment", "abstain": "", "revoke": "comment takes_back",
    "met": "comment evidence", "delegate": "comment to until role", "end-delegation": "comment",
    "passkey": "comment until credential public_key origin", "end-passkey": "comment",
}  # fmt: skip
_OF_ONE_FORM = ("return", "refuse", "abstain")
"""What is said otherwise by another word alone."""

KINDS: tuple[Kind, ...] = (
    Kind("root", ROOT_TYPE, Root, root_text, take_root, words("roles")),
    Kind(
        "decision", DECISION_TYPE, Decision, decision_text, take_decision,
        words("submitter date title reason verdict conditions validity about environment role"),
    ),
    *(
        Kind(
            act, STATEMENT_TYPE, BoardStatement, statement_text_of(act), take_statement_of(act),
            words(f"act at {_STATED[act]}" if act in _OF_ONE_FORM else f"at {_STATED[act]}"), ("anna",),
        )
        for act in ACTS
    ),
    _release(Vouch, vouch_text, take_into(Vouch), ""),
    # On a node whose clock is as it remembers, `clock_is_right` says nothing.
    _release(Activation, activation_text, take_into(Activation), "sequence clock_is_right"),
    _release(Revocation, revocation_text, take_revoked, "withdrawn credentials issuer_keys"),
    _release(Override, override_text, take_overridden, "operations hours"),
    Kind("sign-in", SIGN_IN_TYPE, None, sign_in_text, take_sign_in, words(""), ("anna",), sends_text=False),
)  # fmt: skip


def elsewhere(rig: Rig, kind: Kind) -> list[tuple[str, object]]:
    """Other places of the same people where nothing of it may count."""
    if kind.name == "sign-in":
        from governance.web.origin import Origin

        return [
            ("another origin", Pages(rig.board, origin=Origin("http", "localhost:8701"))),
            ("another workspace", Pages(rig.other)),
        ]
    if kind.payload_type in (ROOT_TYPE, DECISION_TYPE, STATEMENT_TYPE):
        return [("another workspace", rig.other)]
    node = rig.node.node()
    path = rig.folder / "renamed.yaml"
    path.write_text(json.dumps(rig.node.root(workspace="other")))
    from gateway.trust.root import read_root

    trust = replace(node.trust, workspace="other", root=read_root(path, "other"))
    folder = rig.folder / "renamed"
    other = replace(node, trust=trust, memory_file=folder / "activated.json", store=folder / "releases")
    return [("another environment", open_node(rig.node.home, "test")), ("another workspace", other)]
