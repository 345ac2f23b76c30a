"""Names that a node's releases or its workspace have: one that nobody has is more likely misspelt than stolen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts import yaml12
from contracts.contract import Contract
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS
from contracts.wording import nearest
from contracts.workspace import load
from gateway.releases.store import Node
from governance.release.contents import contents_of, unpacked

_LISTED = 12
ANYWAY = "or say --unknown-too, if it is one that this node has never seen"


@dataclass(slots=True)
class Known:
    """By kind: `consumer`, `key`, `issuer`."""

    names: dict[str, set[str]] = field(default_factory=lambda: {"consumer": set(), "key": set(), "issuer": set()})

    def judge(self, kind: str, name: str) -> None:
        """Raises InvalidInputError where nobody has the name."""
        known = self.names[kind]
        if name in known:
            return
        what = {"consumer": "a consumer", "key": "an API key with the id", "issuer": "an issuer"}[kind]
        message = f"no release that was active here, and no file, has {what} {name}"
        near = nearest(name, known)
        remedy = f"write {near}; {ANYWAY}" if near else f"is it spelt right? {ANYWAY}"
        raise InvalidInputError([Diagnostic(name[:200], "unknown-name", message, remedy)])


def known_names(node: Node, home: Path) -> Known:
    """Those of every release that was active in the node's environment, and of the workspace in `home`."""
    found = Known()
    log, _ = node.log()
    for digest in {one.release for one in log.of("activation")}:
        _collect(found, node.release(digest).files)
    if (home / SETTINGS).is_file():
        paths = [*(home / "consumers").glob("*.yaml"), *(home / "environments").glob("*.yaml")]
        paths.append(home / "policies/issuers.yaml")
        there = {path.relative_to(home).as_posix(): path.read_bytes() for path in paths if path.is_file()}
        _collect(found, there)
    return found


def known_operations(node: Node, home: Path) -> frozenset[str]:
    """`api/operationId` and `api@version/operationId` of what is live, else of the workspace; none where neither is."""
    log, _ = node.log()
    if log.live is not None:
        release = node.release(log.live.release)
        with unpacked(release) as folder:
            return frozenset(_operations(contents_of(release, folder, "the live release").workspace.contracts))
    if (home / SETTINGS).is_file():
        return frozenset(_operations(load(home, node.environment or None).contracts))
    return frozenset()


def judge_operations(operations: Iterable[str], known: frozenset[str]) -> None:
    """Raises InvalidInputError for each that no contract has; where none is known, nothing is."""
    faults = [
        Diagnostic(one[:200], "unknown-operation", "no contract has an operation of this name", _like(one, known))
        for one in operations if known and one not in known
    ]  # fmt: skip
    if faults:
        raise InvalidInputError(faults)


def _like(written: str, known: frozenset[str]) -> str:
    """The operation that may be meant, by its own name and not only by that of its api; else all of the api."""
    api, _, name = written.rpartition("/")
    of_api = {one.rpartition("/")[2] for one in known if one.rpartition("/")[0] == api}
    near = f"{api}/{its}" if (its := nearest(name, of_api)) else "" if of_api else nearest(written, known)
    if near:
        return f"write {near}"
    if not of_api:
        return "see them: tidewaiter routes"
    shown = sorted(of_api)
    more = f", and {len(shown) - _LISTED} more: tidewaiter routes" if len(shown) > _LISTED else ""
    return f"{api} has {', '.join(shown[:_LISTED])}{more}"


def _operations(contracts: Mapping[tuple[str, str], Contract]) -> Iterator[str]:
    for (api, version), contract in contracts.items():
        for operation in contract.operations:
            yield f"{api}/{operation.operation_id}"
            yield f"{api}@{version}/{operation.operation_id}"


def _collect(found: Known, files: Mapping[str, bytes]) -> None:
    for name, text in files.items():
        folder, _, file = name.partition("/")
        if not name.endswith(".yaml") or folder not in ("consumers", "environments", "policies"):
            continue
        try:
            tree = yaml12.parse(text, name)
        except InvalidInputError:
            continue
        if folder == "consumers":
            found.names["consumer"].add(file.removesuffix(".yaml"))
        if name == "policies/issuers.yaml" and isinstance(tree, dict) and isinstance(tree.get("issuers"), dict):
            found.names["issuer"] |= set(tree["issuers"])
        found.names["key"] |= set(_key_ids(tree))


def _key_ids(tree: Any) -> Iterator[str]:
    """Of each list of credentials, wherever it stands: an environment has its own."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "credentials" and isinstance(value, list):
                yield from (str(one["id"]) for one in value if isinstance(one, dict) and "id" in one)
            else:
                yield from _key_ids(value)
