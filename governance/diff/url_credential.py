"""The API key or token that a gateway is shown where its documents are not for everybody.

It comes from a file, or from the environment for a gateway's own addresses only; never from the command line, which
other users of the machine can read. It is shown over https or to this machine, and stands in no message.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult

from contracts.exposure import is_loopback
from governance.diff.from_files import refused

KEY_VARIABLE: Final = "TIDEWAITER_API_KEY"
TOKEN_VARIABLE: Final = "TIDEWAITER_TOKEN"  # noqa: S105 - a variable's name
MOST_BYTES: Final = 16_384
GATEWAYS: Final = "/-/contracts/"
"""What stands in the addresses of a gateway's documents."""
_PRINTED: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Credential:
    """One header. Its value stands in no `repr`."""

    header: str
    value: str = field(repr=False)
    source: str
    """Where it came from, to be named."""
    everywhere: bool
    """Whether it was meant for the address that is named, whatever that is; else for a gateway's only."""

    def for_address(self, address: SplitResult, shown: str) -> dict[str, str]:
        """What is sent there. Raises InvalidInputError where that would be in clear."""
        if not self.everywhere and GATEWAYS not in address.path:
            return {}
        if address.scheme.lower() != "https" and not is_loopback(address.hostname or ""):
            message = f"{self.source} would be sent unencrypted"
            raise refused(shown, "credential-in-clear", message, "name the address with https://")
        return {self.header: self.value}


def credential_from(
    key_file: Path | None, token_file: Path | None, environment: Mapping[str, str] | None = None
) -> Credential | None:
    """The one that is given; a file goes before the environment. Raises InvalidInputError where it is none, or two."""
    stated = os.environ if environment is None else environment
    if key_file is not None and token_file is not None:
        raise refused("--key-file", "two-credentials", "a key and a token are given", "give one of them")
    if key_file is not None:
        return Credential("X-API-Key", _in_file(key_file, "--key-file"), "the API key", everywhere=True)
    if token_file is not None:
        token = _in_file(token_file, "--token-file")
        return Credential("Authorization", f"Bearer {token}", "the token", everywhere=True)
    key, token = stated.get(KEY_VARIABLE, "").strip(), stated.get(TOKEN_VARIABLE, "").strip()
    if key and token:
        message = f"{KEY_VARIABLE} and {TOKEN_VARIABLE} are both set"
        raise refused("the environment", "two-credentials", message, "unset one of them")
    if key:
        return Credential("X-API-Key", _printed(key, KEY_VARIABLE), KEY_VARIABLE, everywhere=False)
    if token:
        return Credential(
            "Authorization", f"Bearer {_printed(token, TOKEN_VARIABLE)}", TOKEN_VARIABLE, everywhere=False
        )
    return None


def _in_file(path: Path, option: str) -> str:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise refused(option, "no-credential", f"the file cannot be read: {reason}", "name its file") from None
    if len(body) > MOST_BYTES:
        raise refused(option, "no-credential", "the file is too large for a credential", "put nothing else into it")
    return _printed(body.decode("utf-8", "replace").strip(), option)


def _printed(value: str, source: str) -> str:
    text = value[7:].strip() if value[:7].lower() == "bearer " else value
    if not _PRINTED.fullmatch(text):
        message = "there is no credential: one is a single word of printable ASCII"
        raise refused(source, "no-credential", message, "put the key or token there, and nothing else")
    return text
