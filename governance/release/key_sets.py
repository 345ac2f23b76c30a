"""The last good key sets of a workspace's issuers, for a gateway that starts while an issuer is away."""

import http.client
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.issuers import Issuer
from gateway.release_file import KeptKeys
from policies.key_set import MAX_SET_BYTES, KeySetError, parse_key_set

SECONDS = 10.0


def fetch_key_sets(issuers: Mapping[str, Issuer], folder: Path, now: datetime) -> dict[str, KeptKeys]:
    """Ask each issuer once. Raises InvalidInputError where one does not answer with keys that can be used.

    No redirect is followed, and no proxy used: only the configured address is asked.
    """
    kept: dict[str, KeptKeys] = {}
    faults: list[Diagnostic] = []
    for name, issuer in issuers.items():
        url = str(issuer.jwks_url)
        try:
            document = _fetch(url, folder / issuer.ca if issuer.ca else None)
            keys = parse_key_set(document)
            if not keys.fingerprints:
                raise KeySetError("it has no key that can be used")
            text = document.decode()
        except (OSError, http.client.HTTPException, KeySetError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message = f"the key set of {name} cannot be had: {reason}"
            remedy = "build when the issuer answers, or leave --key-sets out"
            faults.append(Diagnostic("policies/issuers.yaml", "no-key-set", message, remedy))
            continue
        kept[name] = KeptKeys(url=url, fetched=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", document=text)
    if faults:
        raise InvalidInputError(faults)
    return kept


def _fetch(url: str, authority: Path | None) -> bytes:
    address = urlsplit(url)
    host = address.hostname or ""
    connection: http.client.HTTPConnection
    if address.scheme == "https":
        context = ssl.create_default_context(cafile=str(authority) if authority is not None else None)
        connection = http.client.HTTPSConnection(host, address.port, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(host, address.port, timeout=SECONDS)
    try:
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        connection.request("GET", target, headers={"Accept": "application/jwk-set+json, application/json"})
        with connection.getresponse() as answer:
            if answer.status != http.client.OK:
                raise KeySetError(f"the issuer answered {answer.status}")
            document = answer.read(MAX_SET_BYTES + 1)
    finally:
        connection.close()
    if len(document) > MAX_SET_BYTES:
        raise KeySetError(f"it is larger than {MAX_SET_BYTES} bytes")
    return document
