"""Which changes nobody need have decided on: the least that a gateway knows of it without comparing meanings.

That something is proven compatible and shows nothing new is the word of those who vouched. But what is new as a whole,
or gone, was compared with nothing: only what nobody is served, or what says nothing by itself, can be let by nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from contracts.workspace import Workspace
from gateway.trust.signed import FOLDER as DECISIONS

NOT_SERVED: Final = frozenset(("draft", "retired", ""))
"""Stages at which nobody is served a version; empty for one that is not there."""
ONE_OF_A_KIND: Final = frozenset((
    "policies/plans.yaml", "policies/issuers.yaml", "policies/modes.yaml",
    "governance/lint.yaml", "governance/board.yaml", "governance/lifecycle.yaml", "governance/lint-baseline.yaml",
))  # fmt: skip
"""Files that hold something where they are not there: what they come to is compared key by key."""
ISSUERS: Final = "policies/issuers.yaml"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two releases, read as the gateway reads it."""

    workspace: Workspace
    files: Mapping[str, bytes]

    def stage(self, api: str, version: str) -> str:
        """At which stage a version is; empty where it is not there."""
        there = self.workspace.apis.get(api)
        life = there.versions.get(version) if there is not None else None
        return life.stage if life is not None else ""


def needs_somebody(kind: str, name: str, new: Side, base: Side | None) -> str:
    """Why a change cannot be automatic, in words; empty where it can be. `base` is None for a first release."""
    if kind == "contract":
        api, _, version = name.partition("@")
        return _contract(api, version, new, base)
    before, now = base.files.get(name) if base is not None else None, new.files.get(name)
    if base is None:
        return "all of a first release is new"
    if before is not None and now is not None:
        return ""
    what = "it is new" if before is None else "it is gone"
    if name == ISSUERS and base.workspace.issuers != new.workspace.issuers:
        return f"{what}, and the issuers are others"
    if name in ONE_OF_A_KIND or (name.startswith(f"{DECISIONS}/") and _is_no_new_waiver(now, base)):
        return ""
    return f"{what}: somebody decides on all of it"


def _contract(api: str, version: str, new: Side, base: Side | None) -> str:
    key = (api, version)
    if key not in new.workspace.contracts:
        is_served = base is not None and base.stage(api, version) not in NOT_SERVED
        return "it is gone, and was served" if is_served else ""
    if new.stage(api, version) in NOT_SERVED or (base is not None and key in base.workspace.contracts):
        return ""
    if base is not None and any(
        _is_before(key, one) and base.stage(*one) not in NOT_SERVED for one in base.workspace.contracts
    ):
        return ""
    return "it is new, and takes the place of nothing that was served"


def _is_before(key: tuple[str, str], one: tuple[str, str]) -> bool:
    """Whether callers of `one` ask for the same api and major as those of `key`."""
    return one[0] == key[0] and one[1].partition(".")[0] == key[1].partition(".")[0]


def _is_no_new_waiver(now: bytes | None, base: Side) -> bool:
    """Whether a waiver is gone, or stands once more as it stood in the base: it lets nothing more pass."""
    if now is None:
        return True
    waivers = [text for name, text in base.files.items() if name.startswith(f"{DECISIONS}/") and name.endswith(".yaml")]
    said = _tree(now)
    return said is not None and any(_tree(text) == said for text in waivers)


def _tree(text: bytes) -> object:
    try:
        return yaml12.parse(text, "")
    except InvalidInputError:
        return None
