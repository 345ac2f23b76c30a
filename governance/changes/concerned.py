"""Whom a change of a file concerns: the consumers that call through what it describes."""

from collections.abc import Iterable

from governance.callers import Caller, callers
from governance.landscape import Landscape


def concerned(kind: str, name: str, rule: str, entry: str, landscape: Landscape) -> tuple[Caller, ...]:
    """Consumers that call through the thing of that kind and name; `entry` is the part of the file that changed.

    Of settings, issuers and modes: everybody.
    """
    if kind == "consumer":
        return _named(landscape, (name,))
    if kind == "entity":
        return _named(landscape, (one for one, (value, _) in landscape.consumers.items() if name in value.entities))
    if kind == "system":
        entities = {
            one for one, (value, _) in landscape.entities.items() for offer in value.offers if offer.system == name
        }
        return _named(
            landscape, (one for one, (value, _) in landscape.consumers.items() if entities & set(value.entities))
        )
    if kind == "api":
        found = {
            one.consumer: one
            for version in (landscape.apis[name][0].versions if name in landscape.apis else {})
            if not rule.startswith("version-") or version == entry
            for one in callers(name, version, landscape)
        }
        return tuple(found[one] for one in sorted(found))
    if kind == "plans":
        return _named(landscape, (one for one, (value, _) in landscape.consumers.items() if value.plan == entry))
    if kind in ("lint", "board", "lifecycle", "baseline", ""):
        return ()
    return _named(landscape, landscape.consumers)


def _named(landscape: Landscape, names: Iterable[str]) -> tuple[Caller, ...]:
    known = landscape.consumers
    return tuple(
        Caller(
            name, known[name][0].name, known[name][0].owner, known[name][0].entities, bool(known[name][0].pinned),
            known[name][0].suspended_since is not None,
        )
        for name in sorted(names) if name in known
    )  # fmt: skip
