"""Typed clients for the portal: a package of each version that is served, made from what consumers get of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version as installed
from pathlib import Path
from typing import Final

from codegen.description import ClientDescription
from codegen.first_call import first_calls
from contracts.diagnostic import InvalidInputError
from contracts.document_text import as_json
from contracts.published_document import PublishedDocument
from contracts.workspace import Workspace
from gateway.portal.documents import base_url
from gateway.portal.given import ArchiveFile, Client, ClientCall
from gateway.problems import PROBLEMS
from governance.client_archives import Archive, archives_of
from governance.client_contract import Asked, of_version, prefix_of
from governance.client_package import UngeneratedError, described, package_of
from governance.portal_inputs import generator_digest

_NOWHERE: Final = Path("/dev/null/none")
"""Where no earlier package stands."""
_MOST_LEFT_OUT: Final = 100
_MARKED: Final = 8


@dataclass(frozen=True, slots=True)
class MadeClient:
    """What is told of a client, and the bytes of its archives by their digest; none where they were made before."""

    told: Client
    bodies: tuple[tuple[str, bytes], ...] = ()


def clients_of(
    workspace: Workspace, published: Callable[[str, str], PublishedDocument], known: Iterable[Client],
    say: Callable[[str], None],
) -> Iterator[MadeClient]:  # fmt: skip
    """One after the other, as each is made. `known`: those that were made before, with their archives at hand."""
    before = {one.made_of: one for one in known}
    for api, version in versions_of(workspace):
        document = published(api, version)
        made_of = _made_of(workspace, api, version, document)
        found = before.get(made_of)
        if found is not None:
            yield MadeClient(found)
            continue
        say(f"writing the client of {api}@{version}")
        yield _made(workspace, api, version, document, made_of)


def versions_of(workspace: Workspace) -> list[tuple[str, str]]:
    """Those that a consumer may call: not drafts, not retired ones, nor what no entity offers."""
    onboarded = [one for one in workspace.entities.values() if one.stage != "candidate"]
    offered = {offer.contract for one in onboarded for offer in one.offers}
    return [
        (api, version)
        for api, described in workspace.apis.items()
        for version, life in described.versions.items()
        if life.stage not in ("draft", "retired") and f"{api}@{version}" in offered
    ]


def _made_of(workspace: Workspace, api: str, version: str, document: PublishedDocument) -> str:
    parts = [
        generator_digest(), installed("datamodel-code-generator"), repr(PROBLEMS), prefix_of(workspace.settings),
        f"{api}@{version}", as_json(document.tree),
    ]  # fmt: skip
    return f"sha256:{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()}"


def _made(workspace: Workspace, api: str, version: str, document: PublishedDocument, made_of: str) -> MadeClient:
    base = base_url(workspace, api, version)

    def without(reason: str) -> MadeClient:
        return MadeClient(Client(api, version, document.digest, base, made_of, reason=reason))

    try:
        asked = _numbered(of_version(workspace.settings, api, version, document), document.digest)
        description = described(asked)
        if not description.operations:
            return without("None of its operations is one that a client can be written for.")
        files = package_of(asked, description, _NOWHERE)
    except InvalidInputError:
        return without("Its document has faults that keep a client from being written.")
    except UngeneratedError as error:
        return without(str(error))
    archives = archives_of(files)
    told = _told(asked, description, archives)
    bodies = tuple((one.sha256, archive.body) for one, archive in zip(told.archives, archives, strict=True))
    return MadeClient(
        Client(
            api, version, document.digest, base, made_of, told.distribution, told.number, told.archives,
            told.calls, told.left_out,
        ),
        bodies,
    )  # fmt: skip


def _numbered(asked: Asked, digest: str) -> Asked:
    """With the contract's digest in the version (PEP 440), so that another contract is another package."""
    mark = f"g{digest.rpartition(':')[2][:_MARKED]}"
    number = asked.naming.version
    joined = f"{number}{'.' if '+' in number else '+'}{mark}"
    return replace(asked, naming=replace(asked.naming, version=joined))


@dataclass(frozen=True, slots=True)
class _Told:
    distribution: str
    number: str
    archives: tuple[ArchiveFile, ...]
    calls: tuple[ClientCall, ...]
    left_out: tuple[str, ...]


def _told(asked: Asked, description: ClientDescription, archives: Iterable[Archive]) -> _Told:
    return _Told(
        asked.naming.distribution, asked.naming.version,
        tuple(
            ArchiveFile(one.kind, one.name, hashlib.sha256(one.body).hexdigest(), len(one.body)) for one in archives
        ),
        tuple(ClientCall(one.proof, one.code) for one in first_calls(asked.contract, description)),
        tuple(f"{one.method} {one.path}" for one in description.left_out[:_MOST_LEFT_OUT]),
    )  # fmt: skip
