"""Links to the next page of a pinned offer: what the system put into them leaves sealed."""

from collections.abc import Callable
from typing import Final

from contracts.paths import UnsafePathError, canonical
from contracts.published import CONTINUATION, TOKEN_CHARACTERS
from contracts.settings import Settings
from policies.pinned_query import bound_to
from policies.seal import make_seal
from policies.step import Call, Route, Runtime

GoesOn = Callable[[bytes, str], str | None]
"""(where the link stands; the gateway's address) -> what stands there instead, or nothing."""
_NEXT: Final = frozenset({b"nextlink", b"__next"})
CONTINUES: Final = _NEXT | {b"deltalink", b"__delta"}
"""Terms of V4 and names of V2 under which a list goes on."""


class Continuations:
    """For one operation on one pinned offer. `public` is the path that its api begins with, `base_url` its address."""

    def __init__(self, route: Route, runtime: Runtime, settings: Settings, base_url: str, public: str) -> None:
        rest = route.system.protocol == "rest"
        self._seal = None if rest else make_seal(runtime, settings.key_pepper)
        self._runtime = runtime
        self._base_url = base_url
        self._public = public
        operation = route.operation
        major = operation.version.split(".", 1)[0]
        self._names = (route.entity_id.encode(), operation.api.encode(), major.encode())
        self._api = operation.api

    def of(self, call: Call) -> GoesOn | None:
        """For one call: its consumer is who may follow the link."""
        seal = self._seal
        if seal is None:
            return None

        def goes_on(term: bytes, link: str) -> str | None:
            address, _, query = link.partition("?")
            if term in _NEXT and address.startswith(self._base_url):
                try:
                    path = canonical((self._public + address[len(self._base_url) :]).encode("ascii"))
                except UnsafePathError:
                    path = b""
                bound = bound_to(call, self._names, path)
                token = seal.seal(query.partition("#")[0].encode("ascii"), bound, self._runtime.now())
                if path and len(token) <= TOKEN_CHARACTERS:
                    return f"{address}?{CONTINUATION}={token}"
            self._runtime.count("link_removed", api=self._api)
            return None

        return goes_on


__all__ = ["CONTINUES", "Continuations", "GoesOn"]
