"""The two clocks of a connection: what is waited for next, and whether the caller takes what was written."""

import asyncio
import contextlib
import fcntl
import termios
from array import array
from collections.abc import Callable


class Deadline:
    """Calls `passed` once, at the time last set.

    One timer a connection, moved only when it fires too early or would fire too late: setting and clearing a deadline
    for every request costs no timer.
    """

    __slots__ = ("_at", "_loop", "_passed", "_timer", "_timer_at")

    def __init__(self, loop: asyncio.AbstractEventLoop, passed: Callable[[], None]) -> None:
        self._loop = loop
        self._passed = passed
        self._at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def set(self, seconds: float) -> None:
        """Wait so long from now, in place of any earlier wait."""
        self._at = self._loop.time() + seconds
        if self._timer is not None:
            if self._timer_at <= self._at:
                return
            self._timer.cancel()
        self._arm()

    def clear(self) -> None:
        """Wait for nothing."""
        self._at = 0.0

    def cancel(self) -> None:
        """Wait for nothing, and leave no timer behind."""
        self._at = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._timer_at = self._at
        self._timer = self._loop.call_at(self._at, self._fired)

    def _fired(self) -> None:
        self._timer = None
        if not self._at:
            return
        # A loop's clock is of milliseconds and may be a little behind its own timers.
        if self._loop.time() + 0.002 < self._at:
            self._arm()
            return
        self._at = 0.0
        self._passed()


class StallWatch:
    """Calls `stalled` when the caller took nothing of what waits to be sent for `seconds`.

    What counts is what the caller acknowledged: the kernel hands a transport room in steps of more than a megabyte,
    which a slow but willing reader takes longer for than any bound that stops an unwilling one.
    """

    __slots__ = ("_loop", "_seconds", "_stalled", "_timer", "_transport", "_unsent")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.WriteTransport,
        seconds: float,
        stalled: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._seconds = seconds
        self._stalled = stalled
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = 0

    def start(self) -> None:
        """Watch until the transport is empty; does nothing where it already watches."""
        if self._timer is None:
            self._unsent = self._outstanding()
            self._timer = self._loop.call_later(self._seconds, self._fired)

    def stop(self) -> None:
        """Enough was taken, or the connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _outstanding(self) -> int:
        """Bytes that wait here and in the kernel."""
        waiting = self._transport.get_write_buffer_size()
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            count = array("i", [0])
            with contextlib.suppress(OSError):  # some systems do not tell; then the transport's part must do
                fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, count, True)
            waiting += count[0]
        return waiting

    def _fired(self) -> None:
        self._timer = None
        if not self._transport.get_write_buffer_size():
            return
        if self._outstanding() >= self._unsent:
            self._stalled()
        else:
            self.start()
