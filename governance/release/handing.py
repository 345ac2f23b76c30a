"""Hand what is signed to the gateway that runs on this node; say where none does."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.admin import FILE
from gateway.releases.live import Candidate
from gateway.trust.signed import payload_digest
from governance.admin_client import RELOAD_SECONDS, NotReachedError, ask

_CONFLICT = 409
_REFUSED = 422


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a gateway serves it now, and what it warns of."""

    served: bool
    warnings: tuple[str, ...] = ()


def hand_to_gateway(home: Path, admin: str | None, candidate: Candidate, environment: str) -> Told:
    """Let the gateway that runs here activate what lies in the store.

    `served` is False where none runs, or one that serves something else. Raises InvalidInputError where it refuses:
    then the old release goes on; NotReachedError where it does not answer.
    """
    if admin is None and not runs(home):
        return Told(served=False)
    body = {
        "release": candidate.release, "environment": environment,
        "vouch": payload_digest(candidate.vouch.payload), "activation": payload_digest(candidate.activation.payload),
    }  # fmt: skip
    status, told = ask(home, admin, "POST", "/activate", body, RELOAD_SECONDS)
    if status == _CONFLICT:
        return Told(False, (told["error"],))
    if status == _REFUSED and told.get("faults"):
        raise InvalidInputError(Diagnostic(**fault) for fault in told["faults"])
    if status != 200:
        raise NotReachedError(
            f"the gateway did not activate it: {told.get('error', status)}; the old release serves on"
        )
    return Told(True, tuple(told.get("warnings", ())))


def catch_up(home: Path, admin: str | None, environment: str, release: str) -> bool:
    """Let the gateway that runs here serve what is active in the store; False where it does, or none serves it.

    Another node may have taken it into a store that both use. Raises InvalidInputError where the gateway refuses,
    NotReachedError where it does not answer.
    """
    if not serves(home, admin, environment):
        return False
    status, told = ask(home, admin, "GET", "/status")
    if status == 200 and (told["serves"] == "workspace" or told["release"] == release):
        return False
    status, told = ask(home, admin, "POST", "/reload", {}, RELOAD_SECONDS)
    if status == _REFUSED and told.get("faults"):
        raise InvalidInputError(Diagnostic(**fault) for fault in told["faults"])
    if status != 200:
        raise NotReachedError(f"the gateway did not take it up: {told.get('error', status)}; the old release serves on")
    return True


def serves(home: Path, admin: str | None, environment: str) -> bool:
    """Whether a gateway runs here and serves that environment. Raises NotReachedError where it does not answer."""
    if admin is None and not runs(home):
        return False
    status, told = ask(home, admin, "GET", "/status")
    if status != 200:
        raise NotReachedError(f"the gateway did not say what it serves: {told.get('error', status)}")
    return (told.get("environment") or "") == environment


def tell_gateway(home: Path, admin: str | None, environment: str) -> bool:
    """Let the gateway that runs here put in force what was revoked; False where none serves these releases.

    Raises NotReachedError where it does not answer.
    """
    if not serves(home, admin, environment):
        return False
    status, told = ask(home, admin, "POST", "/revoked", {})
    if status == _CONFLICT:
        return False
    if status != 200:
        raise NotReachedError(f"the gateway did not put it in force: {told.get('error', status)}")
    return True


def runs(home: Path) -> bool:
    """Whether something listens where a gateway said that it does. One that was killed left its file behind."""
    try:
        url = urlsplit(json.loads((home / FILE).read_text(encoding="utf-8"))["url"])
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=5):
            return True
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    except (OSError, ValueError, KeyError):
        return True
