"""`tidewaiter key new CONSUMER`, `tidewaiter key list`: API keys of the gateway."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from contracts.counted import counted
from governance.json_output import json_output
from governance.terminal import deliver, say, table

app = typer.Typer(
    help="Make and list API keys.", add_completion=False, rich_markup_mode=None, no_args_is_help=True
)  # fmt: skip

Folder = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace.")]
EnvironmentName = Annotated[
    str | None, typer.Option("--environment", "-e", help="The key is for environments/<NAME>.yaml only.")
]
_SHORT_PEPPER = 16
_SCOPE = frozenset(map(chr, range(0x21, 0x7F))) - {'"', "\\"}


@dataclass(frozen=True, slots=True)
class _Place:
    """The list of credentials that counts for a consumer: its file, and the keys that lead to it."""

    file: Path
    shown: str
    at: tuple[str, ...]
    text: str
    tree: Any


@app.command("new")
def new(
    consumer: Annotated[str, typer.Argument(help="The consumer: the name of its file in consumers/.")],
    workspace: Folder = Path(),
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long the key lives.")] = 365,
    scope: Annotated[list[str] | None, typer.Option(help="A scope of the key; may be given again.")] = None,
    environment: EnvironmentName = None,
) -> None:
    """Make an API key: printed once, on standard output. Its hash is written to the consumer's file."""
    from contracts.diagnostic import InvalidInputError
    from contracts.workspace import load
    from gateway.node import load_node
    from governance.key_entry import CannotEditError, replace_file, with_key
    from policies.keys import new_key
    from policies.step import SecretError

    scopes = tuple(dict.fromkeys(scope or ()))
    if any(not one or not _SCOPE.issuperset(one) for one in scopes):
        raise _fail("a scope is visible ASCII without quotes and backslashes (RFC 6749, section 3.3)")
    try:
        settings = _settings(workspace)
        place = _place(workspace, consumer, environment)
        _room_for_one(place, time.time())
        pepper = load_node(workspace).secret(settings.key_pepper, "")
        key, entry = new_key(settings.key_prefix, pepper, time.time(), days, scopes, environment=environment or "")
        text = with_key(place.text, place.at, entry)
        before = _faults(lambda: load(workspace, environment))
        replace_file(place.file, text)
        after = _faults(lambda: load(workspace, environment))
        worse = [fault for known, fault in after.items() if known not in before]
        if worse:
            replace_file(place.file, place.text)
    except (InvalidInputError, SecretError) as error:
        raise _fail(str(error)) from None
    except CannotEditError as error:
        raise _fail(f"{place.shown}: {error}; write the list as lines that begin with `- `") from None
    except OSError as error:
        raise _fail(f"{place.shown} cannot be written: {error.strerror}; no key was made") from None
    if worse:
        raise _fail("the workspace could not be read with the new key, so it was taken back:\n" + _lines(worse))
    deliver(key + "\n", None)
    if len(pepper) < _SHORT_PEPPER:
        say(f"warning: {settings.key_pepper} is shorter than {_SHORT_PEPPER} characters; give the node a longer one")
    say(f"The key {entry.id} of {consumer} is in {place.shown} (its hash only) and expires {entry.expires:%Y-%m-%d}.")
    say("It is shown this once. It counts from the next start or reload of the gateway.")
    if after:
        faults = counted(len(after), "fault")
        say(f"note: the workspace has {faults} of its own; `tidewaiter check {workspace}` tells more")


@app.command("list")
def list_keys(
    consumer: Annotated[str | None, typer.Argument(help="One consumer; all are listed without it.")] = None,
    workspace: Folder = Path(),
    environment: EnvironmentName = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
) -> None:
    """List API keys: whose they are, until when they live, which scopes they have. Never the keys themselves."""
    from contracts.consumers import KeyCredential
    from contracts.diagnostic import InvalidInputError
    from governance.reports.not_told import as_json

    keys: list[tuple[str, KeyCredential, str]] = []
    try:
        for name in [consumer] if consumer is not None else _names(workspace):
            place = _place(workspace, name, environment)
            keys += [(name, key, place.shown) for key in _credentials(place) if isinstance(key, KeyCredential)]
    except InvalidInputError as error:
        if form == "json":
            deliver(as_json(error.diagnostics), None)
            raise typer.Exit(2) from None
        raise _fail(str(error)) from None
    now = time.time()
    if form == "json":
        listed = [
            {
                "consumer": name, "id": key.id, "created": _when(key.created), "expires": _when(key.expires),
                "live": key.expires.timestamp() > now, "scopes": key.scopes, "file": file,
            }
            for name, key, file in keys
        ]  # fmt: skip
        deliver(json_output(listed), None)
        return
    rows = [
        (name, key.id, f"{key.created:%Y-%m-%d}", f"{key.expires:%Y-%m-%d}",
         "live" if key.expires.timestamp() > now else "expired", " ".join(key.scopes), file)
        for name, key, file in keys
    ]  # fmt: skip
    deliver(table(("CONSUMER", "ID", "CREATED", "EXPIRES", "STATE", "SCOPES", "FILE"), rows), None)


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _settings(workspace: Path) -> Any:
    """The gateway's settings. Raises InvalidInputError."""
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from contracts.settings import Settings
    from contracts.written import read_entry

    path = workspace / "tidewaiter.yaml"
    if not path.is_file():
        message = "there is no tidewaiter.yaml here, so this is no workspace"
        raise InvalidInputError([Diagnostic(str(workspace), "no-workspace", message, "name it: --workspace DIR")])
    entry = read_entry(path, path.name, Settings)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry.value


def _names(workspace: Path) -> list[str]:
    return sorted(path.stem for path in (workspace / "consumers").glob("*.yaml"))


def _place(workspace: Path, consumer: str, environment: str | None) -> _Place:
    """Where the consumer's credentials stand. Raises InvalidInputError where there is no such consumer."""
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from contracts.wording import instead

    _settings(workspace)
    names = _names(workspace)
    if consumer not in names:
        remedy = instead(consumer, names) if names else "write its file first"
        raise InvalidInputError([Diagnostic("consumers", "unknown-consumer", "there is no such consumer", remedy)])
    if environment is not None:
        known = sorted(path.stem for path in (workspace / "environments").glob("*.yaml"))
        if environment not in known:
            remedy = instead(environment, known) if known else "write its file first"
            message = "there is no such environment"
            raise InvalidInputError([Diagnostic("environments", "unknown-environment", message, remedy)])
        place = _read(workspace, f"environments/{environment}.yaml", ("consumers", consumer, "credentials"))
        tree = place.tree if isinstance(place.tree, dict) else {}
        if (tree.get("consumers") or {}).get(consumer) is not None:
            return place
    return _read(workspace, f"consumers/{consumer}.yaml", ("credentials",))


def _read(workspace: Path, shown: str, at: tuple[str, ...]) -> _Place:
    from contracts import yaml12

    file = workspace / shown
    raw = file.read_bytes()
    tree = yaml12.parse(raw, shown)
    return _Place(file, shown, at, raw.decode(), tree)


def _credentials(place: _Place) -> tuple[Any, ...]:
    """The credentials there. Raises InvalidInputError where one cannot be read."""
    from pydantic import TypeAdapter, ValidationError

    from contracts.consumers import Credential
    from contracts.diagnostic import Diagnostic, InvalidInputError

    found = place.tree
    for name in place.at:
        found = found.get(name) if isinstance(found, dict) else None
    try:
        return TypeAdapter(tuple[Credential, ...]).validate_python(tuple(found or ()))
    except (ValidationError, TypeError):
        remedy = "run `tidewaiter check` to see which"
        message = "one of its credentials cannot be read"
        raise InvalidInputError([Diagnostic(place.shown, "bad-credential", message, remedy)]) from None


def _room_for_one(place: _Place, now: float) -> None:
    """Two keys may be live at once, so that one is replaced without a gap. Raises InvalidInputError for a third."""
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from policies.keys import MAX_LIVE_KEYS, live

    keys = live(_credentials(place), now)
    if len(keys) >= MAX_LIVE_KEYS:
        oldest = min(keys, key=lambda key: key.created)
        message = f"two keys of this consumer are live ({', '.join(key.id for key in keys)})"
        remedy = f"take the entry of {oldest.id}, the older one, out of the file first"
        raise InvalidInputError([Diagnostic(place.shown, "two-live-keys", message, remedy)])


def _faults(load: Callable[[], object]) -> dict[tuple[str, str, str], Any]:
    """What keeps the workspace from being served, by file, code and message: lines move when an entry is added."""
    from contracts.diagnostic import InvalidInputError

    try:
        load()
    except InvalidInputError as error:
        return {(fault.file, fault.code, fault.message): fault for fault in error.diagnostics}
    return {}


def _lines(faults: Iterable[object]) -> str:
    return "\n".join(map(str, faults))


def _fail(message: str) -> typer.Exit:
    say(f"tidewaiter key: {message}")
    return typer.Exit(2)
