"""`tidewaiter token CONSUMER`: a token of the demo's issuer, for trying calls by hand."""

import json
import os
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import typer

from contracts.plain import plain
from governance.terminal import deliver, say

ISSUER_VARIABLE = "TIDEWAITER_DEMO_ISSUER"
_MOST_BYTES = 65_536
_SECONDS = 10


def command(
    consumer: Annotated[str | None, typer.Argument(help="A consumer of the example, or any client id.")] = None,
    named: Annotated[str | None, typer.Option("--consumer", help="The same as the argument.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="A scope to ask for; may be given again.")] = None,
    expires: Annotated[int | None, typer.Option(min=1, max=86_400, help="Seconds that the token lives.")] = None,
    issuer_url: Annotated[
        str | None, typer.Option(help=f"The demo's issuer; else ${ISSUER_VARIABLE}, else the demo that is running.")
    ] = None,
) -> None:
    """Make a token of the demo's issuer and print it.

    With the demo running in another terminal: curl -H "Authorization: Bearer $(tidewaiter token CONSUMER)" ...
    """
    client = consumer or named
    if not client or (consumer and named and consumer != named):
        raise _fail("name one consumer: tidewaiter token CONSUMER")
    url = _issuer(issuer_url)
    form = {"grant_type": "client_credentials", "client_id": _client_id(client)}
    if scope:
        form["scope"] = " ".join(scope)
    if expires is not None:
        form["expires_in"] = str(expires)
    deliver(_ask(url, form) + "\n", None)


def _client_id(consumer: str) -> str:
    """The client id that the example's consumer of this name has; any other name is a client id already."""
    from contracts import yaml12
    from contracts.diagnostic import InvalidInputError
    from governance.demo.example import ExampleMissingError, example_folder

    try:
        files = {path.stem: path for path in (example_folder() / "consumers").glob("*.yaml")}
    except ExampleMissingError:
        return consumer
    if consumer not in files:
        return consumer
    try:
        credentials = yaml12.parse(files[consumer].read_bytes(), files[consumer].name)["credentials"]
        return next(str(one["claim"]) for one in credentials if one["type"] == "jwt")
    except (InvalidInputError, OSError, LookupError, TypeError, StopIteration):
        return consumer


def _issuer(given: str | None) -> str:
    """The issuer's address: the option, the variable, or the demo that runs here. Exits with 2 where none is known."""
    url = given or os.environ.get(ISSUER_VARIABLE) or _running_demo()
    if not url:
        raise _fail("no demo is running: start one with `tidewaiter demo`, or name its issuer with --issuer-url")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _fail("the issuer's address must begin with http:// or https://")
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise _fail("this command asks an issuer on this machine only; get other tokens from your own issuer")
    return url.rstrip("/")


def _running_demo() -> str | None:
    """The issuer of the demo that this user runs; None where none does. A file of somebody else is not believed."""
    from governance.demo.fleet import state_file

    path = state_file()
    try:
        if path.stat().st_uid != os.getuid() or path.stat().st_size > _MOST_BYTES:
            return None
        described: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    issuer = described.get("issuer") if isinstance(described, dict) else None
    return issuer if isinstance(issuer, str) else None


def _ask(url: str, form: dict[str, str]) -> str:
    """The access token. Exits with 2 where the issuer gives none."""
    import urllib.error
    import urllib.request

    # No proxy: the issuer is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/token", urlencode(form).encode(), timeout=_SECONDS) as answer:
            described = json.loads(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        raise _fail(f"the issuer refused: {error.code} {_reason(error.read(_MOST_BYTES))}".rstrip()) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise _fail(
            f"the issuer at {plain(url)} did not answer ({type(reason).__name__}): is the demo still running?"
        ) from None
    token = described.get("access_token") if isinstance(described, dict) else None
    if not isinstance(token, str) or not token:
        raise _fail("the issuer's answer holds no access_token")
    return plain(token)


def _reason(body: bytes) -> str:
    """What an OAuth 2.0 error says (RFC 6749, section 5.2)."""
    try:
        described = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(described, dict):
        return ""
    return plain(": ".join(str(described[name]) for name in ("error", "error_description") if described.get(name)))


def _fail(message: str) -> typer.Exit:
    say(f"tidewaiter token: {message}")
    return typer.Exit(2)
