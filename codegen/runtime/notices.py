"""What answers say about the life of an API: it is deprecated, it ends. Each is told once."""

import logging
import threading
import warnings
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final

import httpx2

from .links import link


class DeprecatedVersionWarning(UserWarning):
    """The version of the API that is called is deprecated, or will end."""


_LOCK: Final = threading.Lock()
_TOLD: Final[set[tuple[str, str, str, str]]] = set()
_MOST: Final = 1_000


def tell(package: str, operation: str, headers: Mapping[str, str], log: logging.Logger, *, safe: bool) -> None:
    """Warns where the answer says so; the same thing once in the life of the process.

    Where warnings are made errors, only a call that reads (`safe`) is ended by one: the answer of a write is not lost.
    """
    deprecation, sunset = headers.get("deprecation", ""), headers.get("sunset", "")
    if not deprecation and not sunset:
        return
    key = (package, headers.get("api-version", "") or operation, deprecation, sunset)
    with _LOCK:
        if key in _TOLD or len(_TOLD) >= _MOST:
            return
        _TOLD.add(key)
    version = headers.get("api-version", "")
    text = f"{package}: " + (f"version {_plain(version)} of the API" if version else f"{operation}")
    text += _since(deprecation) if deprecation else " is in use"
    if sunset:
        text += f"; it is meant to end on {_plain(sunset)}"
    for relation in ("successor-version", "deprecation", "sunset"):
        address = link(headers.get("link", ""), relation)
        if address:
            text += f"; {'move to' if relation == 'successor-version' else 'see'} {_plain(address)}"
            break
    log.warning("%s", text)
    try:
        warnings.warn(text, DeprecatedVersionWarning, stacklevel=2)
    except DeprecatedVersionWarning:
        if safe:
            raise


def forget() -> None:
    """Tell everything once more; for tests."""
    with _LOCK:
        _TOLD.clear()


def _since(deprecation: str) -> str:
    if deprecation.startswith("@") and deprecation[1:].isdigit() and len(deprecation) < 13:
        moment = datetime.fromtimestamp(int(deprecation[1:]), UTC)
        word = "is deprecated since" if moment <= datetime.now(UTC) else "will be deprecated on"
        return f" {word} {moment.date().isoformat()}"
    return " is deprecated"


class _Hidden(logging.Filter):
    """Takes keys that stand in addresses out of what the HTTP library logs."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record stays."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._shown, record.args))
        return True

    def _shown(self, value: object) -> object:
        if isinstance(value, httpx2.URL):
            for name in self.names & value.params.keys():
                value = value.copy_set_param(name, "...")
        return value


_HIDDEN: Final = _Hidden()


def hide_in_logs(names: Collection[str]) -> None:
    """These parameters of queries hold secrets."""
    if names:
        _HIDDEN.names |= set(names)
        logging.getLogger("httpx2").addFilter(_HIDDEN)


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isprintable())[:200]
