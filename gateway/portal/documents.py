"""Contracts as consumers download them, made once for a release and held compressed."""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import HttpUrl

from contracts.contract import Contract
from contracts.document_text import as_json, as_yaml
from contracts.published_document import Disguise, PublishedDocument, published_document
from contracts.systems import OAuth2Credential
from contracts.workspace import Workspace

Form = Literal["yaml", "json"]
MEDIA_TYPES: Final[dict[Form, str]] = {"yaml": "application/yaml", "json": "application/json"}
_SPEED: Final = 6
_PIN_CHARACTERS: Final = 8
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Download:
    """One published contract in both forms."""

    digest: str
    """Of what it promises (`contracts.published_document`)."""
    packed: dict[Form, bytes]
    """By form, in gzip."""

    def text(self, form: Form) -> bytes:
        """As it is written."""
        return gzip.decompress(self.packed[form])


def base_url(workspace: Workspace, api: str, version: str) -> str:
    """Where calls of a version go: without a slash at the end."""
    return f"{str(workspace.settings.public_url).rstrip('/')}/{api}/v{version.split('.', 1)[0]}"


def published(workspace: Workspace, api: str, version: str) -> PublishedDocument:
    """The document of a version, without pins, internal parts and addresses of systems."""
    contract: Contract = workspace.published.get((api, version)) or workspace.contracts[api, version]
    base = base_url(workspace, api, version)
    return published_document(contract, base, tuple(_disguises(workspace, f"{api}@{version}", base)))


def download(document: PublishedDocument) -> Download:
    """Both forms of a document."""
    made: dict[Form, str] = {"yaml": as_yaml(document.tree), "json": as_json(document.tree)}
    return Download(
        document.digest,
        {form: gzip.compress(text.encode(), _SPEED, mtime=0) for form, text in made.items()},
    )


def _disguises(workspace: Workspace, offered: str, base: str) -> Iterator[Disguise]:
    """Every address of a system, and values of pins that are no ordinary words, with what consumers see instead."""
    public = urlsplit(base)
    for system_id, system in workspace.systems.items():
        paths = ["", *_paths(workspace, system_id, offered)]
        for url in (system.url, *system.also_known_as):
            address = str(url).rstrip("/")
            yield from (Disguise(address + path, base) for path in paths)
            yield from _hosts(url, public.netloc)
        if isinstance(system.credential, OAuth2Credential):
            yield Disguise(str(system.credential.token_url), base)
            yield from _hosts(system.credential.token_url, public.netloc)
    for entity in workspace.entities.values():
        for offer in entity.offers:
            for _, _, value in offer.pins.values:
                if len(value) >= _PIN_CHARACTERS and _DIGIT.search(value):
                    yield Disguise(value, "...")


def _paths(workspace: Workspace, system_id: str, offered: str) -> Sequence[str]:
    offers = (offer for entity in workspace.entities.values() for offer in entity.offers)
    return [offer.path for offer in offers if offer.system == system_id and offer.contract == offered and offer.path]


def _hosts(url: HttpUrl, public: str) -> Iterator[Disguise]:
    parts = urlsplit(str(url))
    if parts.netloc and parts.netloc != public:
        yield Disguise(parts.netloc, public)
    host = parts.hostname or ""
    if host and host != urlsplit(f"//{public}").hostname:
        yield Disguise(host, public)
