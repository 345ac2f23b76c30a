"""Which version a caller is given who names none, before and after: whose contract became another one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.workspace import Workspace
from governance.callers import may_use

Key = tuple[str, str]
_NOBODY: Final = ""
"""Stands for callers that prove nothing: they may call operations that are open."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Callers who named no version of a major were given `old`, and are given `new` from now on."""

    old: Key
    new: Key
    consumers: frozenset[str]
    """Those who may call; empty where only callers who prove nothing may."""


def passages(base: Workspace, new: Workspace) -> tuple[Passage, ...]:
    """Every version that takes the place of another one for somebody, because of its stage, an offer or a promise."""
    before, now = given(base), given(new)
    found: dict[tuple[Key, Key], set[str]] = {}
    for where in before.keys() & now.keys():
        if before[where] != now[where]:
            consumer, _, api, _ = where
            found.setdefault(((api, before[where]), (api, now[where])), set()).add(consumer)
    return tuple(Passage(old, key, frozenset(whom - {_NOBODY})) for (old, key), whom in sorted(found.items()))


def given(workspace: Workspace) -> Mapping[tuple[str, str, str, str], str]:
    """By consumer, entity, api and major: the version that is served where the call names none."""
    given: dict[tuple[str, str, str, str], str] = {}
    for (entity, api, major), versions in _offered(workspace).items():
        default = _default(workspace, api, versions)
        if default:
            given[_NOBODY, entity, api, major] = default
        for name, consumer in workspace.consumers.items():
            if entity not in consumer.entities or not may_use(consumer, api, workspace.apis[api].visibility):
                continue
            promised = (one for its, _, one in _named(consumer.pinned) if its == api and one.split(".")[0] == major)
            version = next(promised, default)
            if version in versions:
                given[name, entity, api, major] = version
    return given


def _offered(workspace: Workspace) -> Mapping[tuple[str, str, str], list[str]]:
    """By entity, api and major: the versions that the entity offers, or would were it not suspended."""
    versions: dict[tuple[str, str, str], list[str]] = {}
    for name, entity in workspace.entities.items():
        for offer in entity.offers if entity.stage != "candidate" else ():
            api, version = offer.contract.split("@")
            versions.setdefault((name, api, version.split(".")[0]), []).append(version)
    return versions


def _default(workspace: Workspace, api: str, versions: list[str]) -> str:
    """The newest active version, else the newest deprecated one; empty where neither is."""
    newest = sorted(versions, key=_numbers, reverse=True)
    lives = workspace.apis[api].versions
    by_stage = (version for stage in ("active", "deprecated") for version in newest if lives[version].stage == stage)
    return next(by_stage, "")


def _named(references: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    return (reference.partition("@") for reference in references)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
