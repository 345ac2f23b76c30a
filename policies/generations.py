"""Which generation of a client calls: the contract that it was made from, held against the one that it is served.

A client says in a header, by its digest, which contract it was made from. Only whether that is a digest that is known
here is looked at, in a table made when a release is loaded; the text itself goes nowhere. State: none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

HEADER: Final = b"x-contract-digest"
Label = Literal["none", "current", "older", "newer", "unknown"]


@dataclass(frozen=True, slots=True)
class Generation:
    """What a client was made from. `digest` and `version` are of the contract, empty where it is not known here."""

    label: Label
    version: str = ""
    digest: str = ""


NONE: Final = Generation("none")
"""The call said nothing."""
UNKNOWN: Final = Generation("unknown")
_Known = Mapping[bytes, Generation]


class Generations:
    """Of a release: for each version that is served, what the digests of its API say."""

    __slots__ = ("_known",)

    def __init__(
        self, digests: Mapping[tuple[str, str], str] | None = None, former: Iterable[tuple[str, str, str]] = ()
    ) -> None:
        """`digests` of the documents by api and version; `former`: (api, version, digest) of what they were before."""
        stated: dict[str, dict[str, str]] = {}
        now = digests or {}
        for api, version, digest in [*former, *((api, version, digest) for (api, version), digest in now.items())]:
            stated.setdefault(api, {})[digest] = version
        self._known: dict[tuple[str, str], _Known] = {
            (api, version): {
                digest.encode(): Generation("current" if digest == current else _label(other, version), other, digest)
                for digest, other in stated[api].items()
            }
            for (api, version), current in now.items()
        }

    def of(self, api: str, version: str, stated: bytes) -> Generation:
        """Of a call that is served by that version and states a digest."""
        known = self._known.get((api, version))
        return UNKNOWN if known is None else known.get(stated, UNKNOWN)


def _label(other: str, served: str) -> Label:
    return "newer" if _number(other) > _number(served) else "older"


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
