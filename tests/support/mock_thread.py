"""A mock on real sockets, in a thread of the test's process."""

import asyncio
import io
import threading

import uvloop
from gateway_thread import GatewayThread

from gateway.mock.front import MockSettings
from gateway.mock.serve import serve_mock
from governance.mock_contract import contract_of


class MockThread:
    """Serves a contract until `stop`."""

    call = GatewayThread.call
    raw = GatewayThread.raw
    lines = GatewayThread.lines

    def __init__(self, source, **settings):
        self.contract = contract_of(source).contract if hasattr(source, "exists") else source
        self.log = io.StringIO()
        self._settings = MockSettings(**settings)
        self._ready = threading.Event()
        self._loop = self._stop = self._failed = self.mocked = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30)
        if self._failed:
            raise self._failed

    def _run(self):
        def ready(url, mocked):
            self.port, self.mocked = int(url.rpartition(":")[2]), mocked
            self._ready.set()

        async def main():
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await serve_mock(self._stop, self.contract, self._settings, ("127.0.0.1", 0), ready, self.log)

        try:
            uvloop.run(main())
        except BaseException as error:  # noqa: BLE001 - told to the test
            self._failed = error
        finally:
            self._ready.set()

    def stop(self):
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(30)
        assert not self._thread.is_alive()
        if self._failed:
            raise self._failed
