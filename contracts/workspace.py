"""`load`: a folder of files that people wrote -> one Workspace, every cross-reference checked, all faults at once."""

import hashlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import HttpUrl

from contracts.apis import Api
from contracts.consumers import Consumer
from contracts.contract import Contract
from contracts.crossref import dangling
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.entities import Entity
from contracts.environment import consumers_in, entities_in, issuers_in, settings_in, systems_in
from contracts.exposure import exposures, is_loopback
from contracts.files import Files, read_files
from contracts.issuers import Issuer
from contracts.modes import ModeRule, UnknownRule
from contracts.pin_check import pin_faults, publish
from contracts.plans import Plan
from contracts.settings import Environment, Settings
from contracts.shared_systems import untold_apart
from contracts.systems import System
from contracts.wording import instead


@dataclass(frozen=True, slots=True)
class Workspace:
    """All that people decided, for one environment. `contracts` by (api, exact version)."""

    folder: Path
    environment: str
    """The environment's name; empty where none was chosen."""
    settings: Settings
    apis: Mapping[str, Api]
    contracts: Mapping[tuple[str, str], Contract]
    systems: Mapping[str, System]
    entities: Mapping[str, Entity]
    consumers: Mapping[str, Consumer]
    issuers: Mapping[str, Issuer]
    plans: Mapping[str, Plan]
    modes: tuple[ModeRule, ...]
    warnings: tuple[Diagnostic, ...]
    digest: str
    """`sha256:...` over every file that was read and the environment's name."""
    published: Mapping[tuple[str, str], Contract] = field(default_factory=dict)
    """Contracts as consumers see them, of the versions that are offered with pins."""
    unknown: tuple[UnknownRule, ...] = ()


def load(folder: Path, environment: str | None = None, *, public_port: int | None = None) -> Workspace:
    """Read the workspace in `folder` as it is in `environment`; without one, as its files stand alone.

    `public_port` takes the place of the public listener's port, and of that in a loopback `public_url`.
    Raises InvalidInputError with every fault of every file, not only the first.
    """
    return assemble(read_files(folder), environment, public_port=public_port)


def assemble(files: Files, environment: str | None = None, *, public_port: int | None = None) -> Workspace:
    """The workspace that the files make in one environment. Raises InvalidInputError with all faults."""
    faults = list(files.faults)
    chosen: Environment | None = None
    if environment is not None:
        entry = files.environments.get(environment)
        if entry is None:
            faults.append(_no_environment(files, environment))
        else:
            faults += entry.faults
            chosen = entry.value
    systems = systems_in(files.values(files.systems), chosen)
    issuers = issuers_in(files.issuers.value.issuers if files.issuers.value else {}, chosen)
    consumers = consumers_in(files.values(files.consumers), chosen)
    settings = settings_in(files.settings.value, chosen) if files.settings.value else None
    if settings is not None and public_port is not None:
        settings = _on_port(settings, public_port)
    entities = entities_in(files.values(files.entities), chosen)
    faults += dangling(files, environment, consumers)
    faults += pin_faults(files, environment, entities, systems)
    pinned, more = publish(files, entities, systems)
    faults += more
    faults += untold_apart(files, entities, systems)
    faults += exposures(files, environment, settings, systems, issuers)
    faults = _once(faults)
    if settings is None or any(fault.severity == "error" for fault in faults):
        raise InvalidInputError(faults)
    return Workspace(
        folder=files.folder,
        environment=environment or "",
        settings=settings,
        apis=files.values(files.apis),
        contracts=files.contracts,
        systems=systems,
        entities=entities,
        consumers=consumers,
        issuers=issuers,
        plans=files.plans.value.plans if files.plans.value else {},
        modes=files.modes.value.modes if files.modes.value else (),
        warnings=tuple(faults),
        digest=_digest(
            files, environment, {system.tls.ca for system in systems.values()} | {i.ca for i in issuers.values()}
        ),
        published=pinned,
        unknown=files.modes.value.unknown if files.modes.value else (),
    )


def _no_environment(files: Files, environment: str) -> Diagnostic:
    file = f"environments/{environment}.yaml"
    if not files.environments:
        return Diagnostic(file, "no-environment", "the workspace has no environments", "leave --environment out")
    message = "there is no environment of this name"
    return Diagnostic(file, "no-environment", message, instead(environment, files.environments))


def _on_port(settings: Settings, port: int) -> Settings:
    """The public listener on another port; a loopback `public_url` follows, any other is a proxy's business."""
    url = settings.public_url
    if is_loopback(url.host or "") and url.port == settings.public.port and port:
        url = HttpUrl.build(scheme=url.scheme, host=url.host or "", port=port)
    listener = settings.public.model_copy(update={"port": port})
    return settings.model_copy(update={"public": listener, "public_url": url})


def _once(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.column, fault.code, fault.message))


def files_in_digest(files: Files, workspace: Workspace) -> frozenset[str]:
    """The files that the workspace's digest is over, by path; a contract stands for all of its documents."""
    others = {f"environments/{name}.yaml" for name in files.environments if name != workspace.environment}
    return frozenset(files.digests) - others | {Path(name).as_posix() for name in authorities_of(workspace)}


def authorities_of(workspace: Workspace) -> frozenset[str]:
    """Files of private certificate authorities that systems and issuers name."""
    systems = {system.tls.ca for system in workspace.systems.values()}
    issuers = {issuer.ca for issuer in workspace.issuers.values()}
    return frozenset(name for name in systems | issuers if name)


def documents_of(files: Files, key: tuple[str, str]) -> tuple[str, ...]:
    """Paths of the files that a contract is made of, by api and exact version."""
    document, before = files.contracts[key].document, files.document_folders[key]
    overlay = document.overlay
    return tuple(f"{before}/{one.name}" for one in (*document.files, *([overlay] if overlay is not None else [])))


def _digest(files: Files, environment: str | None, authorities: AbstractSet[str | None]) -> str:
    # The files of other environments are none of this one's content.
    other = {f"environments/{name}.yaml" for name in files.environments if name != environment}
    total = hashlib.sha256(f"environment {environment or ''}\n".encode())
    for file, digest in sorted(files.digests.items()):
        if file not in other:
            total.update(f"{digest} {file}\n".encode())
    for authority in sorted(name for name in authorities if name):
        digest = hashlib.sha256((files.folder / authority).read_bytes()).hexdigest()
        total.update(f"{digest} {authority}\n".encode())
    return f"sha256:{total.hexdigest()}"
