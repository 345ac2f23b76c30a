"""What stands around the messages to a system while its limits are tried; key sets are fetched as ever."""

from abc import abstractmethod
from collections.abc import Mapping

from contracts.systems import System
from gateway.routes import Outward
from policies.step import Fetch, Fetched, Send


class Around(Outward):
    """`gateway.routes.Outward` around another one."""

    def __init__(self, inner: Outward) -> None:
        self._inner = inner

    @abstractmethod
    def bind(self, system_id: str, system: System) -> Send:
        """See `gateway.routes.Outward`."""

    async def fetch(self, url: str, headers: Mapping[str, str], most: int) -> Fetched:
        """As the inner one."""
        return await self._inner.fetch(url, headers, most)

    def fetch_with(self, ca: str = "", file: str = "") -> Fetch:
        """As the inner one."""
        return self._inner.fetch_with(ca, file)
