"""Operations that were served and are held back now, and the other way about: a release compiled and self-tested."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.workspace import Workspace
from contracts.written import Source
from governance.callers import callers
from governance.changes.changed import Point
from governance.changes.fields.point import point_of
from governance.changes.state import State
from governance.routes import RouteRow, route_rows

Key = tuple[str, str]
Row = tuple[str, str, str, str, str]


def served_points(base: State | None, new: State) -> tuple[tuple[tuple[str, Point], ...], int]:
    """For each operation that both states have on an offer, and one of them holds back: `api@version` and the finding.

    What is gone or new as a whole is told where the offer, the entity or the contract is. With it, how many operations
    of the newer state were compiled and tested, each on each offer: those of which anything is not as it was.
    """
    now = _rows(_changed(new.workspace, base.workspace) if base is not None else new.workspace)
    return tuple(_points(base, new, now)) if base is not None else (), len(now)


def _points(base: State, new: State, now: Mapping[Row, RouteRow]) -> Iterator[tuple[str, Point]]:
    for key, was in _rows(_changed(base.workspace, new.workspace)).items():
        row = now.get(key)
        if row is None or bool(was.why_not) == bool(row.why_not) or not _by_itself(was, row):
            continue
        name = f"{row.api}@{row.version}"
        what = f"{row.method} {row.path} for {row.entity}"
        if row.why_not:
            message, rule = f"{what} is served no more: {row.why_not}", "operation-not-served"
        else:
            message, rule = f"{what} is served, and was not ({was.why_not})", "operation-served"
        source = Source(f"{new.read.document_folders[row.api, row.version]}/")
        found = point_of(source, "", rule, message, about=what)
        whom = callers(row.api, row.version, (base if row.why_not else new).landscape)
        yield name, replace(found, callers=tuple(one for one in whom if row.entity in one.entities))


def _by_itself(was: RouteRow, row: RouteRow) -> bool:
    """Whether the operation is the reason, and neither its entity nor its version, which are told of at their files."""
    return all(not one.why_not or one.why_not.startswith("501") for one in (was, row))


def _rows(workspace: Workspace) -> Mapping[Row, RouteRow]:
    return {(row.api, row.version, row.method, row.path, row.entity): row for row in route_rows(workspace)}


def _changed(workspace: Workspace, other: Workspace) -> Workspace:
    """With those offers alone whose operations may be served otherwise than in the other: the tests take long."""
    if workspace.settings.bounds != other.settings.bounds:
        return workspace
    here = {key for key in workspace.contracts if _made_of(workspace, key) != _made_of(other, key)}
    entities = {
        name: entity.model_copy(
            update={"offers": tuple(one for one in entity.offers if tuple(one.contract.split("@")) in here)}
        )
        for name, entity in workspace.entities.items()
    }
    return replace(workspace, entities=entities)


def _made_of(workspace: Workspace, key: Key) -> object:
    """All that decides whether an operation of a version is served: its document, its offers and their systems."""
    contract = workspace.contracts.get(key)
    if contract is None:
        return None
    offers = [
        (name, offer, workspace.systems[offer.system])
        for name, entity in sorted(workspace.entities.items())
        for offer in entity.offers if offer.contract == "@".join(key)
    ]  # fmt: skip
    return contract.document.digest, offers
