"""A version's typed client as its page tells of it: what to download, how to install it, the command that writes it."""

from dataclasses import dataclass

from contracts.settings import Settings
from gateway.portal.content import Edition
from gateway.portal.given import ArchiveFile, Client, ClientCall
from gateway.portal.visitor import Visitor

_KIB = 1024
_AUTH = {"token": ("Token", "TOKEN"), "key": ("ApiKey", "API_KEY")}


@dataclass(frozen=True, slots=True)
class ArchiveLink:
    """One file to download."""

    href: str
    name: str
    said: str


@dataclass(frozen=True, slots=True)
class ClientShown:
    """`links` is empty where none was handed over, or none could be written: `reason` then says why."""

    command: str
    """Writes it anew."""
    public: bool
    """Whether the command needs no credential."""
    links: tuple[ArchiveLink, ...] = ()
    distribution: str = ""
    number: str = ""
    install: str = ""
    wheel: str = ""
    """The name of the file that is installed."""
    variables: tuple[str, ...] = ()
    """Where both look for a credential."""
    first_call: str = ""
    left_out: tuple[str, ...] = ()
    reason: str = ""


def client_shown(
    edition: Edition, settings: Settings, visitor: Visitor, entity: str, *, public: bool
) -> ClientShown:  # fmt: skip
    """For one visitor. `public`: anybody may download it, so installers need no credential.

    `entity`: which one its first call is for; empty where that need not be said.
    """
    origin = str(settings.public_url).rstrip("/")
    source = f"{origin}/-/contracts/{edition.api}/{edition.version}.yaml"
    prefix = settings.clients.prefix or "acme"
    command = f"tidewaiter client {source} --out {edition.api}-client --prefix {prefix}"
    client = edition.client
    if client is None or not client.archives:
        return ClientShown(command, public, reason=client.reason if client is not None else "")
    call = _call(client, visitor)
    by_key = visitor.by_key or not visitor.known
    variables = [] if public else ["API_KEY" if by_key else "TOKEN"]
    if call is not None and call.proof in _AUTH:
        variables.append(_AUTH[call.proof][1])
    links = tuple(
        ArchiveLink(f"/-/clients/{edition.api}/{edition.version}/{one.name}", one.name, _said(one))
        for one in client.archives
    )
    wheel = next(one for one in client.archives if one.kind == "wheel")
    address = f"{origin}{next(link.href for link in links if link.name == wheel.name)}"
    install = "python3 -m venv .venv\n. .venv/bin/activate\n"
    if public:
        install += f'pip install "{address}#sha256={wheel.sha256}"'
    else:
        proof = "X-API-Key: $API_KEY" if by_key else "Authorization: Bearer $TOKEN"
        install += f'curl --fail --remote-name --header "{proof}" \\\n  {address}\npip install ./{wheel.name}'
    return ClientShown(
        command, public, links, client.distribution, client.number, install, wheel.name,
        tuple(dict.fromkeys(variables)), "" if call is None else _first_call(client, call, entity), client.left_out,
    )  # fmt: skip


def _call(client: Client, visitor: Visitor) -> ClientCall | None:
    """One for the visitor's own kind of credential, where that kind can call anything."""
    own = ("key" if visitor.by_key else "token") if visitor.known else ""
    ranked = sorted(client.calls, key=lambda one: (one.proof != own, one.proof != "none"))
    return next(iter(ranked), None)


def _first_call(client: Client, call: ClientCall, entity: str) -> str:
    module = client.distribution.replace("-", "_")
    kind = _AUTH.get(call.proof)
    names = "Client" if kind is None else ", ".join(sorted((kind[0], "Client")))
    settings = [] if kind is None else [f'auth={kind[0]}(os.environ["{kind[1]}"])']
    settings += [f'entity="{entity}"'] if entity else []
    lines = ["import os", ""] if kind is not None else []
    lines += [f"from {module} import {names}", "", f"with Client({', '.join(settings)}) as client:"]
    return "\n".join([*lines, f"    print({call.code})"])


def _said(archive: ArchiveFile) -> str:
    size = f"{max(1, round(archive.size / _KIB))} KiB"
    return f"to install, {size}" if archive.kind == "wheel" else f"with its tests, {size}"
