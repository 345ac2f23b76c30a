"""What a report on the gate tells besides the verdict: how it was asked, where the workspace lies, who the board is."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.plain import plain
from gateway.trust.place import Trust
from governance.gate.verdict import GateVerdict
from governance.landscape import Landscape
from governance.promised import Promised


@dataclass(frozen=True, slots=True)
class Context:
    """All of it may be left out: a verdict can be told without."""

    base: str = "BASE"
    """As it was asked for: `main`, `live:URL`, `release:FILE`."""
    options: tuple[str, ...] = ()
    """The other options that say what was asked: the workspace, the environment, the trust root, the day."""
    folder: str = ""
    """Where the workspace lies in its repository, with a slash at its end; empty at the top."""
    board: str = ""
    """How many of whom are the board's quorum, by the trust root."""
    promised: Promised = field(default_factory=lambda: Promised({}, {}))
    titles: Mapping[str, str] = field(default_factory=dict)
    """By path of a file, and by name of an api: what people call it."""

    def gate(self) -> str:
        """The command that was asked."""
        return _command("gate", "--base", self.base, *self.options)

    def explain(self, fingerprint: str) -> str:
        """The command that tells all that is known of one finding."""
        return _command("explain", "finding", fingerprint, "--base", self.base, *self.options)

    def draft(self, verdict: GateVerdict, *more: str) -> str:
        """The command that writes a decision on what lacks one."""
        base = ("--base", self.base) if self.base else ()
        environment = ("-e", verdict.made.environment) if verdict.made.environment else ()
        return _command(
            "board", "draft", "NAME", "--title", "WHAT", "--reason", "WHY", *more, *environment, *base, *self._where
        )

    def sign(self, name: str) -> str:
        """The command that signs a decision."""
        return _command("board", "sign", name, *self._where)

    @property
    def _where(self) -> tuple[str, ...]:
        pairs = zip(self.options[::2], self.options[1::2], strict=True)
        return tuple(part for name, value in pairs if name in ("--workspace", "--trust") for part in (name, value))

    def title(self, name: str) -> str:
        """What people call a contract or a file; empty where no file says."""
        api, at, version = name.partition("@")
        found = plain(self.titles.get(api, ""))
        return f"{found} {plain(version)}" if at and found else found

    def in_repository(self, file: str) -> str:
        """A path of the workspace, as it counts from the top of the repository."""
        return self.folder + file


def titles_of(landscape: Landscape) -> dict[str, str]:
    """What apis, entities and consumers are called, by the name or path that reports know them by."""
    titles = {name: api.title for name, (api, _) in landscape.apis.items()}
    titles |= {f"contracts/{name}/api.yaml": api.title for name, (api, _) in landscape.apis.items()}
    titles |= {f"entities/{name}.yaml": entity.name for name, (entity, _) in landscape.entities.items()}
    return titles | {f"consumers/{name}.yaml": one.name for name, (one, _) in landscape.consumers.items()}


def board_of(trust: Trust) -> str:
    """`2 of Anna Berg, Bert Holm`: how many people decide as the board, and who they are."""
    root = trust.root.value
    role = root.roles.board
    names = [root.members[one].name or one for one in role.members if root.members[one].removed is None]
    return f"{role.threshold} of {', '.join(names)}"


def _command(*words: str) -> str:
    return "tidewaiter " + " ".join(plain(shlex.quote(word)) for word in words)
