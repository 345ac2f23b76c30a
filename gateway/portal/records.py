"""What the portal reads and writes in the ledger of its node, which all its processes share. Each call waits."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from policies.clients_seen import CLIENTS_SEEN_SECONDS, ClientSeen, clients_seen
from policies.ended_sessions import end_session, has_ended

_log = logging.getLogger("tidewaiter.portal")


@dataclass(frozen=True, slots=True)
class Records:
    """Of one node. `ledger` None: nothing is kept, so a session ends by its hour alone."""

    ledger: Path | None
    now: Callable[[], float]

    def clients_of(self, consumer: str) -> list[ClientSeen]:
        """The clients that called for a consumer lately, the last one first."""
        if self.ledger is None:
            return []
        return clients_seen(self.ledger, consumer, self.now() - CLIENTS_SEEN_SECONDS)

    def has_ended(self, session: str) -> bool:
        """Whether a session was ended; true as well where that cannot be told."""
        try:
            return self.ledger is not None and has_ended(self.ledger, session)
        except sqlite3.Error as error:
            _log.error("nobody is signed in: the ledger cannot be read (%s)", type(error).__name__)
            return True

    def end(self, session: str, until: float) -> bool:
        """End it everywhere on this node; false where that could not be written down."""
        try:
            if self.ledger is not None:
                end_session(self.ledger, session, until, self.now())
        except sqlite3.Error as error:
            _log.error(
                "a session is ended in its browser only: the ledger cannot be written (%s)", type(error).__name__
            )
            return False
        return True
