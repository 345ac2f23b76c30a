"""Where this node's trust root is, and whether it may take the place of the one that the node had."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS
from contracts.settings import Settings
from contracts.written import read_entry
from gateway.node import NODE_FILE, Node, load_node, node_folder
from gateway.trust.files import envelope_at
from gateway.trust.register import Register
from gateway.trust.root import Root, TrustRoot, parse_root, read_root
from gateway.trust.rotation import beside, judge_successor
from gateway.trust.seen import SEEN_FILE, Seen, hold_against, read_seen, write_seen

DEVELOPMENT_ROOT: Final = ".tidewaiter/trust.yaml"
DEVELOPMENT_KEY: Final = ".tidewaiter/development.key"


@dataclass(frozen=True, slots=True)
class Trust:
    """The root that counts here, and what the node remembers."""

    workspace: str
    """The workspace's name."""
    root: TrustRoot
    seen: Seen
    seen_file: Path

    def hold(self, register: Register, shown: str) -> None:
        """Raises InvalidInputError where a register is not the one that was seen, grown or the same."""
        hold_against(register, self.seen, self.seen_file, shown)
        for name, member in self.root.value.members.items():
            removed = member.removed
            if removed is None or removed.head is None:
                continue
            if register.length < removed.length or register.heads[removed.length] != removed.head:
                message = f"another register: {name} was removed at entry {removed.length}, which is another one here"
                remedy = "bring the workspace up to date, or find out which register the board keeps"
                raise InvalidInputError([Diagnostic(shown, "forked-register", message, remedy)])

    def again(self) -> "Trust":
        """The same root, with what was seen meanwhile. Raises InvalidInputError where it is an older one now."""
        return _held(self.workspace, self.root, self.seen_file)

    def remember(self, register: Register) -> None:
        """Keep the register's length and head. Raises OSError where the node's folder cannot be written."""
        seen = Seen(register.length, register.head, self.root.text)
        if seen != self.seen:
            write_seen(self.seen_file, self.workspace, seen)


def workspace_name(workspace: Path) -> str:
    """`name` of tidewaiter.yaml. Raises InvalidInputError."""
    path = workspace / SETTINGS
    if not path.is_file():
        message = f"this is no workspace: it has no {SETTINGS}"
        raise InvalidInputError([Diagnostic(str(workspace), "no-workspace", message, "name one: --workspace DIR")])
    entry = read_entry(path, SETTINGS, Settings)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry.value.name


def find_trust(workspace: Path, option: Path | None, name: str = "", *, node: bool = False) -> Trust:
    """The trust root: of the option, else of the node's settings, else the development root that `init` wrote.

    `name` is the workspace's, where that is known from elsewhere than the folder's tidewaiter.yaml. `node` says that
    the command has no such option. Raises InvalidInputError where there is no root, where it cannot be used, or where
    it may not follow the one that this node had.
    """
    name = name or workspace_name(workspace)
    path = option or load_node(workspace).trust or workspace / DEVELOPMENT_ROOT
    if not path.exists():
        message = "there is no trust root here, so nobody can be said to decide"
        remedy = f"name it: {'' if node else '--trust FILE, or '}`trust: FILE` in {NODE_FILE}"
        raise InvalidInputError([Diagnostic(str(path), "no-root", message, remedy)])
    return _held(name, read_root(path, name), node_folder(workspace) / SEEN_FILE)


def _held(name: str, root: TrustRoot, seen_file: Path) -> Trust:
    """The root, held against what the node has seen. Raises InvalidInputError."""
    seen = read_seen(seen_file, name)
    if seen.root and seen.root != root.text:
        old = parse_root(seen.root, str(seen_file))
        if old.value.development and not root.value.development:
            # A development root vouches for nobody, so nothing that rested on it is held against the first real one.
            return Trust(name, root, Seen(), seen_file)
        file = beside(Path(root.file))
        judge_successor(old, root, envelope_at(file, str(file)), str(file))
    return Trust(name, root, seen, seen_file)


def trust_of_node(home: Path) -> tuple[Trust, Node]:
    """The trust root that the node's settings name, else the development root, and the settings.

    The root itself says of which workspace it is. Raises InvalidInputError as `find_trust` does.
    """
    node = load_node(home)
    path = node.trust or home / DEVELOPMENT_ROOT
    entry = read_entry(path, str(path), Root) if path.exists() else None
    if entry is not None and entry.value is None:
        raise InvalidInputError(entry.faults)
    name = entry.value.workspace if entry is not None and entry.value is not None else "?"
    return find_trust(home, None, name, node=True), node


def real_root(home: Path, option: Path | None = None) -> TrustRoot | None:
    """The node's trust root where it is none for development: what rests on nobody's word is not served then.

    `option` is a root that is named elsewhere. Raises InvalidInputError where a root is named and cannot be used: it
    might be a real one.
    """
    path = option or load_node(home).trust
    if path is None:
        path = home / DEVELOPMENT_ROOT
        if not path.exists():
            return None
    entry = read_entry(path, str(path), Root)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    if entry.value.development:
        return None
    return TrustRoot(str(path), entry.value, entry.source.text, entry.source)
