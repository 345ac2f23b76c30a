"""The trust root: which people may decide what, and how many of them it takes. A file given to each node."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.model import Id, Written, fault
from contracts.written import FILE_BYTES, Source, read_entry
from gateway.trust.keys import PublicKey, parse_public, workspace_around

ROOT_TYPE: Final = "application/vnd.tidewaiter.trust-root+yaml"
"""The payload type under which a trust root is signed."""

RoleName = Literal["root", "board", "release", "activation", "override", "revocation"]
ROLE_NAMES: Final[tuple[RoleName, ...]] = get_args(RoleName)
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
"""`sha256:` and 64 hexadecimal digits."""


def _is_key(text: str) -> str:
    try:
        parse_public(text)
    except ValueError as error:
        raise fault("bad-key", str(error), "copy the line that `tidewaiter board key` printed") from None
    return text


KeyText = Annotated[str, AfterValidator(_is_key)]
"""A public key, `ed25519:<base64>`."""


class Removal(Written):
    """Up to where a removed member's signatures count: the register as it was when the member was removed."""

    length: int = Field(ge=0)
    """How many entries the register had; signatures in these count, later ones do not."""
    head: Digest | None = None
    """The digest of the last of them; needed unless `length` is 0. No other history can then take its place."""

    @model_validator(mode="after")
    def _head_is_stated(self) -> Self:
        if (self.head is None) != (self.length == 0):
            message = "`head` is the digest of the register's entry number `length`"
            raise fault("wrong-value", message, "take both from `tidewaiter board show`", "head")
        return self


class Member(Written):
    """One person. Several keys of one person are still one person."""

    keys: tuple[KeyText, ...] = Field(min_length=1)
    """The public keys, as `tidewaiter board key` prints them."""
    name: str = ""
    """For readers."""
    removed: Removal | None = None
    """Set when the person leaves. The entry stays, so that what was decided before stays proven."""


class Role(Written):
    """Who may act in a role, and how many different people it takes."""

    threshold: int = Field(ge=1)
    """How many different people must sign."""
    members: tuple[Id, ...] = Field(min_length=1)
    """Ids of `members`."""


class Roles(Written):
    """Every role is filled on purpose; the same people may fill several."""

    root: Role
    """May replace this file."""
    board: Role
    """Decides on changes of contracts, access and settings."""
    release: Role
    """Vouches for a release that was built."""
    activation: Role
    """Puts a release into service."""
    override: Role
    """Loosens enforcement for hours, in an emergency."""
    revocation: Role
    """Withdraws keys, releases and credentials for good."""

    def items(self) -> Iterator[tuple[RoleName, Role]]:
        """Each role by name."""
        yield from (("root", self.root), ("board", self.board), ("release", self.release))
        yield from (("activation", self.activation), ("override", self.override), ("revocation", self.revocation))

    def named(self, name: RoleName) -> Role:
        """The role of that name."""
        return dict(self.items())[name]


class Root(Written):
    """The whole file."""

    format: Literal[1]
    """The form of this file: 1."""
    workspace: str = Field(min_length=1, max_length=200)
    """The workspace it is for: `name` in its tidewaiter.yaml."""
    version: int = Field(ge=1)
    """Counts up by one with each new file."""
    development: bool = False
    """Whether it is for trying things out. What rests on such a root is marked so everywhere."""
    members: dict[Id, Member] = Field(min_length=1)
    """By id: who they are and how they sign."""
    roles: Roles
    """Who may do what."""

    @model_validator(mode="after")
    def _keys_are_of_one_person(self) -> Self:
        owners: dict[bytes, str] = {}
        for name, member in self.members.items():
            for text in member.keys:
                raw = parse_public(text).raw
                if raw in owners:
                    other = owners[raw]
                    message = f"one key stands twice, at {other} and at {name}" if other != name else "a key twice"
                    raise fault("key-twice", message, "each key is one person's, and stands once", "members")
                owners[raw] = name
        return self

    @model_validator(mode="after")
    def _roles_can_be_filled(self) -> Self:
        for name, role in self.roles.items():
            unknown = [member for member in role.members if member not in self.members]
            if unknown:
                message = f"{unknown[0]}, in the role {name}, is no member"
                raise fault("unknown-member", message, "add the person under `members`", "roles")
            present = {member for member in role.members if self.members[member].removed is None}
            # An override always takes two: better told now than in the emergency.
            needed = max(role.threshold, 1 if self.development or name != "override" else 2)
            if len(present) < needed:
                message = f"{name} needs {needed} people and has {len(present)}"
                raise fault("role-unfilled", message, "name more members, or lower the threshold", "roles")
        return self


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """A root with its bytes and its keys."""

    file: str
    value: Root
    text: bytes
    source: Source

    @property
    def digest(self) -> str:
        """Of the file's bytes."""
        return "sha256:" + hashlib.sha256(self.text).hexdigest()

    def keys(self) -> dict[str, tuple[str, PublicKey]]:
        """By the key's id: whose it is, and the key."""
        found = ((name, parse_public(text)) for name, member in self.value.members.items() for text in member.keys)
        return {key.id: (name, key) for name, key in found}


def read_root(path: Path, workspace: str) -> TrustRoot:
    """The trust root in a file, for the workspace of that name. Raises InvalidInputError."""
    entry = read_entry(path, str(path), Root)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    root = TrustRoot(str(path), entry.value, entry.source.text, entry.source)
    if entry.value.workspace != workspace:
        message = f"this trust root is of the workspace {entry.value.workspace}, not of {workspace}"
        raise InvalidInputError([entry.source.fault("/workspace", "foreign-root", message, "name the right file")])
    around = workspace_around(path)
    if around is not None and not entry.value.development:
        message = "a trust root inside the workspace could be changed by whoever is judged by it"
        remedy = "keep it outside and give it to each node: --trust FILE, or `trust:` in the node's settings"
        raise InvalidInputError([Diagnostic(str(path), "root-inside", message, remedy)])
    if around is not None and path.stat().st_mode & 0o077:
        # git keeps no such mode: what came with a change to the workspace is not taken for this machine's own.
        message = "others than you may read this development root, so `init` did not write it: it may have come by git"
        remedy = f"name another one: --trust FILE; if it is yours: chmod 600 {path}"
        raise InvalidInputError([Diagnostic(str(path), "root-inside", message, remedy)])
    return root


def parse_root(text: bytes, file: str) -> TrustRoot:
    """A trust root that was kept as bytes. Raises InvalidInputError."""
    from pydantic import ValidationError  # noqa: PLC0415 - needed where a kept root is read only

    from contracts import yaml12  # noqa: PLC0415

    if len(text) > FILE_BYTES:
        raise InvalidInputError([Diagnostic(file, "too-large", f"the file is larger than {FILE_BYTES} bytes")])
    tree = yaml12.parse(text, file)
    try:
        value = Root.model_validate(tree)
    except ValidationError:
        message = "the trust root that was kept cannot be read"
        raise InvalidInputError(
            [Diagnostic(file, "broken-root", message, "give the node its trust root anew")]
        ) from None
    return TrustRoot(file, value, text, Source(file, text, tree))
