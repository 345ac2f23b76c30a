"""Which contract `tidewaiter client` is asked for, and what its package is called."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from codegen.description import ProblemType
from codegen.naming import distribution_name
from codegen.package import Naming
from contracts.contract import Contract, examine
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import Document, parse_document
from contracts.document_text import as_json
from contracts.layout import SETTINGS
from contracts.published_document import PublishedDocument
from contracts.settings import Settings
from contracts.workspace import load
from contracts.written import read_entry
from gateway.portal.documents import published
from gateway.problems import PROBLEMS
from governance.diff.inputs import Sources, read
from governance.diff.url_credential import Credential

PREFIX: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""How a prefix of distributions is written."""
_GATEWAYS: Final = re.compile(r".*/-/contracts/([^/]+)/([^/]+)\.(?:yaml|json)")
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")
_PRE_RELEASE: Final = re.compile(r"(\d+(?:\.\d+)*)[-.]?(?:(alpha|a)|(beta|b)|(rc|preview))[-.]?(\d*)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A contract and the name of its package."""

    contract: Contract
    naming: Naming
    written: str
    """What the person wrote, to write it again."""
    prefix: str
    """How the names of the company's packages begin."""
    stated: str
    """The version, as the contract says it."""
    faults: tuple[Diagnostic, ...] = ()
    """What is wrong with it, but keeps no operation that is generated from working."""

    @property
    def problems(self) -> tuple[ProblemType, ...]:
        """The types of problem of every gateway."""
        return tuple(ProblemType(one.name, one.status, one.title, one.remedy) for one in PROBLEMS.values())


def asked(written: str, workspace: Path | None, prefix: str | None, credential: Credential | None = None) -> Asked:
    """The contract that is meant: a path, `api@version`, a URL, or `-`. Raises InvalidInputError."""
    sources = Sources(workspace, allow_url=True, credential=credential)
    side = read(written, sources)
    document, api = side.document, side.api
    if side.api and sources.folder is not None:
        whole = load(sources.folder)
        document = _reread(published(whole, side.api, side.version).tree, side.document.name)
    elif (found := _GATEWAYS.fullmatch(urlsplit(written).path)) is not None:
        api = found[1]
    contract, faults = examined(document)
    lead = _prefix(prefix, sources.folder)
    name = f"{lead}-{distribution_name(api or contract.title)}"
    said = contract.stated_version if not side.version or contract.stated_version else side.version
    return Asked(contract, Naming(name, version_of(said)), written, lead, said, faults)


def of_version(settings: Settings, api: str, version: str, document: PublishedDocument) -> Asked:
    """The contract of a workspace's version, from what consumers get of it. Raises InvalidInputError."""
    contract, faults = examined(_reread(document.tree, f"{api}-{version}.json"))
    lead, said = prefix_of(settings), contract.stated_version or version
    name = f"{lead}-{distribution_name(api)}"
    return Asked(contract, Naming(name, version_of(said)), f"{api}@{version}", lead, said, faults)


def prefix_of(settings: Settings) -> str:
    """How the names of a workspace's packages begin."""
    return settings.clients.prefix or distribution_name(settings.name)


def _reread(tree: dict[str, object], name: str) -> Document:
    return parse_document(as_json(tree).encode(), f"{name.rpartition('.')[0] or name}.json")


def examined(document: Document) -> tuple[Contract, tuple[Diagnostic, ...]]:
    """A contract that may have operations at fault; they are left out one by one."""
    contract, faults = examine(document)
    errors = tuple(fault for fault in faults if fault.severity == "error")
    if contract is not None and not errors:
        return contract, ()
    lenient, left = examine(replace(document, name="vendor.yaml"))
    worst = [fault for fault in left if fault.severity == "error"]
    if lenient is None or worst:
        raise InvalidInputError(worst or errors)
    return lenient, errors


def _prefix(asked_for: str | None, folder: Path | None) -> str:
    if asked_for is not None:
        if not PREFIX.fullmatch(asked_for):
            message = f"`{asked_for}` cannot begin the name of a distribution"
            raise _refused(
                "--prefix", "wrong-prefix", message, "write small letters, digits and hyphens: --prefix acme"
            )
        return asked_for
    if folder is None:
        message = "nothing says how the names of your company's packages begin, so that nobody else can take them"
        raise _refused("--prefix", "no-prefix", message, "say it: --prefix acme (a workspace says it once for all)")
    settings = read_entry(folder / SETTINGS, SETTINGS, Settings).value
    if settings is None:
        raise _refused(SETTINGS, "no-prefix", "its settings cannot be read", f"run `tidewaiter check {folder}`")
    return prefix_of(settings)


def version_of(stated: str) -> str:
    """A version as PEP 440 wants it; what is none becomes a local part of 0."""
    text = stated.strip().lower().removeprefix("v")
    if _NUMBERS.fullmatch(text):
        return text if text.count(".") >= 2 else text + ".0" * (2 - text.count("."))
    found = _PRE_RELEASE.fullmatch(text)
    if found:
        letter = "a" if found[2] else "b" if found[3] else "rc"
        return f"{found[1]}{letter}{found[5] or 0}"
    local = ".".join(re.findall(r"[a-z0-9]+", text))[:40].strip(".")
    return f"0.0.0+{local}" if local else "0.0.0"


def _refused(name: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(name, code, message, remedy)])
