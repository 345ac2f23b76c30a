"""Settings that would expose something: credentials over plain HTTP, TLS unchecked, secrets in clear, open doors."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import HttpUrl

from contracts.diagnostic import Diagnostic
from contracts.files import Files
from contracts.issuers import Issuer
from contracts.settings import Environment, Settings
from contracts.stated import Stated, stated_at
from contracts.systems import NoCredential, OAuth2Credential, System
from contracts.written import Entry, pointer_to

_SECRET_NAMES = frozenset(
    ("password", "passwd", "pwd", "secret", "clientsecret", "apikey", "accesstoken", "token", "sappassword",
     "subscriptionkey", "sig", "signature", "privatekey")
)  # fmt: skip


def exposures(
    files: Files,
    environment: str | None,
    settings: Settings | None,
    systems: Mapping[str, System],
    issuers: Mapping[str, Issuer],
) -> Iterator[Diagnostic]:
    """Faults and warnings of the settings in force in this environment."""
    chosen = files.environments.get(environment) if environment else None
    if settings is not None:
        yield from _gateway(files, chosen, settings)
    for name, system in systems.items():
        yield from _system(files, chosen, name, system)
    for name, issuer in issuers.items():
        yield from _issuer(files, chosen, name, issuer)


def _gateway(files: Files, chosen: Entry[Environment] | None, settings: Settings) -> Iterator[Diagnostic]:
    own = files.settings.source
    place = stated_at(own, chosen, (), "public_url")
    url = settings.public_url
    if url.path not in (None, "", "/") or url.query is not None or url.fragment is not None:
        message = "`public_url` has a path: apis live directly under the host"
        host = f"{url.host}:{url.port}" if url.port not in (80, 443) else f"{url.host}"
        yield place.source.fault(place.pointer, "url-with-path", message, f"write {url.scheme}://{host}")
    yield from _userinfo(place, "public_url", url)
    if settings.store.kind == "redis" and settings.store.url is None:
        place = stated_at(own, chosen, (), "store")
        yield place.source.fault(
            place.pointer, "missing-key", "a store of kind redis needs its `url`", "add `url: secret:STORE_URL`"
        )
    for index, network in enumerate(settings.trusted_proxies):
        if network.prefixlen == 0:
            place = stated_at(own, chosen, (), "trusted_proxies")
            message = "every address is a trusted proxy: any caller may claim any address"
            pointer = f"{place.pointer}/{index}"
            yield place.source.fault(pointer, "everyone-trusted", message, "name the proxies' networks", "warning")
    for index, origin in enumerate(settings.cors.origins):
        if origin == "*":
            message, remedy = "every web page may call", "name the origins: https://app.example.com"
            yield own.fault(f"/cors/origins/{index}", "every-origin", message, remedy, "warning")
        elif not _is_origin(origin):
            message, remedy = "this is no origin", "write scheme and host only: https://app.example.com"
            yield own.fault(f"/cors/origins/{index}", "wrong-value", message, remedy)
    if settings.public.port and settings.public == settings.health:
        place = stated_at(own, chosen, (), "health")
        message = f"`public` and `health` both listen on port {settings.health.port}"
        yield place.source.fault(place.pointer, "duplicate", message, "give them different ports")


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    bare = not parts.path and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bare and "@" not in parts.netloc


def _system(files: Files, chosen: Entry[Environment] | None, name: str, system: System) -> Iterator[Diagnostic]:
    own, prefix = files.systems[name].source, ("systems", name)
    place = stated_at(own, chosen, prefix, "url")
    yield from _userinfo(place, "url", system.url)
    if system.url.query is not None or system.url.fragment is not None:
        message, remedy = "`url` has a query or a fragment", "fixed query parameters stand under `query`"
        yield place.source.fault(place.pointer, "wrong-value", message, remedy)
    if _in_clear(system.url) and (not isinstance(system.credential, NoCredential) or system.csrf):
        message = f"the credential of `{name}` would go over plain HTTP"
        yield place.source.fault(place.pointer, "credential-in-clear", message, "write https://...")
    if isinstance(system.credential, OAuth2Credential):
        there = stated_at(own, chosen, prefix, "token_url", at="/credential")
        yield from _userinfo(there, "token_url", system.credential.token_url)
        if _in_clear(system.credential.token_url):
            message = f"the client secret of `{name}` would go over plain HTTP"
            yield there.source.fault(there.pointer, "credential-in-clear", message, "write https://...")
    for key in system.query:
        if is_secret_name(key):
            there = stated_at(own, chosen, prefix, "query", key)
            message = f"`{key}` looks like a secret in clear, in an address that systems log"
            yield there.source.fault(there.pointer, "secret-in-clear", message, "use `credential` with secret:NAME")
    if not system.tls.verify:
        there = stated_at(own, chosen, prefix, "tls", "verify")
        message = f"the certificate of `{name}` is not checked: anybody on the way can read and change calls"
        remedy = "name the authority that signed it: `tls: {ca: <file>}`"
        yield there.source.fault(there.pointer, "tls-not-verified", message, remedy, "warning")
    yield from _ca(files, stated_at(own, chosen, prefix, "tls", "ca"), system.tls.ca)


def _issuer(files: Files, chosen: Entry[Environment] | None, name: str, issuer: Issuer) -> Iterator[Diagnostic]:
    own, at = files.issuers.source, pointer_to("issuers", name)
    yield from _ca(files, stated_at(own, chosen, ("issuers", name), "ca", at=at), issuer.ca)


def _ca(files: Files, place: Stated, ca: str | None) -> Iterator[Diagnostic]:
    if ca is None:
        return
    path = files.folder / ca
    if ca.startswith("/") or ".." in path.parts:
        message = "`ca` leads out of the workspace"
        yield place.source.fault(place.pointer, "file-outside", message, "put the file into the workspace")
    elif not path.is_file():
        message = f"there is no file `{ca}` in the workspace"
        yield place.source.fault(place.pointer, "missing-file", message, "put the authority's PEM bundle there")
    elif b"-----BEGIN CERTIFICATE-----" not in path.read_bytes()[:1_048_576]:
        message = f"`{ca}` holds no certificate"
        yield place.source.fault(place.pointer, "wrong-file", message, "a PEM bundle is needed")


def is_secret_name(name: str) -> bool:
    """Whether what has this name is most likely a secret."""
    return "".join(c for c in name.lower() if c.isalnum()) in _SECRET_NAMES


def _userinfo(place: Stated, key: str, url: HttpUrl) -> Iterator[Diagnostic]:
    if url.username or url.password:
        message = f"`{key}` holds a user name or a password in clear"
        yield place.source.fault(place.pointer, "secret-in-clear", message, "use `credential` with secret:NAME")


def _in_clear(url: HttpUrl) -> bool:
    return url.scheme == "http" and not is_loopback(url.host or "")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its very name: nothing leaves it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
