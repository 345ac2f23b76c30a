"""Volatile shared state: the vocabulary, and the protocol that the memory store and Valkey keep.

A `Take` asks one limit for one call. All takes of a call are decided together, atomically, in one round trip:
either every limit has room and all are taken, or nothing is taken from any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, NoReturn, Protocol

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.settings import Settings
from policies.step import Runtime, SecretError
from policies.windows import Limit, Taken

Away = Literal["", "local-share", "deny", "open"]
"""Empty: the store decided. Else it was away, and this setting did."""
KEY = ("store",)
"""Where `Runtime.keep` holds the store of the process."""


class Take(NamedTuple):
    """One limit asked for one call."""

    limit: Limit
    key: str
    """The counter. Holds no consumer in clear."""
    cost: int
    """Units; 0 only looks. Slots are taken one at a time, whatever it says."""
    slot: str = ""
    """For `Slots` and `NodeSlots`: the holder's id, unique among all nodes. Empty: only look."""


@dataclass(slots=True)
class Decision:
    """What all limits of one call said together."""

    allowed: bool
    each: tuple[Taken, ...]
    """In the order of the takes; empty where nobody counted (`deny`, `open`)."""
    away: Away = ""
    nought: bool = False
    """A share of a limit is nought, so nobody may pass: the consumer is not at fault."""


class StoreAwayError(Exception):
    """The store did not decide in time, or refused. `reason` is one of a few words, for the metric."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Store(Protocol):
    """What limits need of it. None of the methods raises because a server is away."""

    async def take(self, takes: Sequence[Take]) -> Decision:
        """Decide all or none."""
        ...

    def release(self, take: Take, decision: Decision) -> None:
        """Give a slot back. Does not wait: it goes out with the next round trip."""
        ...

    def charge(self, take: Take) -> None:
        """Count what is known only now, room or not: units of a `Sliding`, the length of a `Hold`. Does not wait."""
        ...

    async def aclose(self) -> None:
        """Send what is left, and close connections."""
        ...


def make_store(settings: Settings, runtime: Runtime, workers: int = 1) -> Store:
    """The store that the settings name, kept in `runtime`; `workers` is the number of processes on this node.

    Raises InvalidInputError where the store's URL is missing or cannot be used.
    """
    return runtime.keep(KEY, lambda: _make(settings, runtime, workers))


def kept_store(runtime: Runtime) -> Store:
    """The store that `make_store` put there. Raises RuntimeError where it has not been made."""
    return runtime.keep(KEY, _no_store)


def _no_store() -> NoReturn:
    raise RuntimeError("policies.store.make_store has to run before limits are bound")


def _make(settings: Settings, runtime: Runtime, workers: int) -> Store:
    # Imported here: a node with memory limits does not load the client of a server that it does not use.
    from policies.memory import MemoryStore  # noqa: PLC0415

    store = settings.store
    parts = store.replicas * workers
    if store.kind == "memory":
        return MemoryStore(runtime.now, parts)
    from policies.away import Guarded  # noqa: PLC0415
    from policies.valkey import ValkeyStore  # noqa: PLC0415

    if store.url is None:
        raise _unusable("store.kind is redis and store.url is missing", "name the secret: url: secret:STORE_URL")
    try:
        remote = ValkeyStore(runtime.secret(store.url, ""), store.timeout_seconds)
    except SecretError as error:
        raise _unusable(str(error), "") from None
    except ValueError:  # its text could hold the password
        raise _unusable(
            f"the value of {store.url} is no URL of a store",
            "write redis://, rediss:// or unix://, for instance redis://user:password@host:6379/0",
        ) from None
    return Guarded(remote, store.when_away, MemoryStore(runtime.now, parts), runtime)


def _unusable(message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic("tidewaiter.yaml", "store", message, remedy, pointer="/store/url")])
