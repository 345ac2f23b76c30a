"""The limit per client address, asked before anybody is identified: what refusing and verifying may cost us.

Two counters an address: calls, and refused credentials. Who has presented too many of the latter may still call without
any; only what has to be verified is refused unseen. An IPv6 address counts as its /64, the least that one client has.
"""

from collections import OrderedDict

from contracts.settings import Settings
from policies.address_prefix import client_of
from policies.ratelimit_fields import retry_after
from policies.step import Call, Problem, Refusal, Runtime
from policies.windows import SECOND_US, Gcra, Taken, emission_us, gcra_base, gcra_fits, gcra_taken

ADDRESS_LIMITED = Problem(
    "address-rate-limited",
    429,
    "Too many calls from this address",
    "Wait as long as `Retry-After` says. The limit counts all callers behind the address, whoever they are: "
    "ask the owner of the gateway for a higher one if many of them are yours.",
)
TOO_MANY_FAILURES = Problem(
    "too-many-refused-credentials",
    429,
    "Too many refused credentials from this address",
    "Mend the credential first: the earlier answers say what is wrong with it. Then wait as `Retry-After` says.",
)
refuses = (ADDRESS_LIMITED, TOO_MANY_FAILURES)

_ADDRESSES = 65_536
"""As many addresses are remembered, the longest unseen forgotten first: about 16 MiB at most."""


class AddressGate:
    """Asked by the front.

    State: a map in this process (`runtime.keep(("address-limit",))`), bounded. A reload keeps it; a restart forgets it;
    each worker counts for itself its share of the limit; the store has no part in it.
    """

    __slots__ = ("_calls", "_failures", "_runtime", "_times")

    def __init__(self, calls: Gcra, failures: Gcra, runtime: Runtime) -> None:
        self._calls = calls
        self._failures = failures
        self._runtime = runtime
        self._times: OrderedDict[str | bytes, list[int]] = runtime.keep(("address-limit",), OrderedDict)

    async def check(self, call: Call) -> None:
        """Charge the call to its address. Raises Refusal(ADDRESS_LIMITED) or Refusal(TOO_MANY_FAILURES)."""
        now = round(self._runtime.now() * SECOND_US)
        times = self._of(call.address)
        if b"authorization" in call.headers or b"x-api-key" in call.headers:
            base = gcra_base(self._failures, times[1], now)
            if not gcra_fits(self._failures, base, now, 1):
                self._refuse(TOO_MANY_FAILURES, gcra_taken(self._failures, base, now, 1, fits=False, taken=False))
        base = gcra_base(self._calls, times[0], now)
        if not gcra_fits(self._calls, base, now, 1):
            self._refuse(ADDRESS_LIMITED, gcra_taken(self._calls, base, now, 1, fits=False, taken=False))
        times[0] = base + self._calls.emission_us

    def failed(self, call: Call) -> None:
        """Count a refused credential. A call that presented none is not counted."""
        if b"authorization" in call.headers or b"x-api-key" in call.headers:
            now = round(self._runtime.now() * SECOND_US)
            times = self._of(call.address)
            times[1] = gcra_base(self._failures, times[1], now) + self._failures.emission_us

    def _refuse(self, problem: Problem, taken: Taken) -> None:
        self._runtime.count("address_limited", problem=problem.name)
        raise Refusal(problem, headers=((b"retry-after", retry_after(taken.retry_us)),), fault="gateway")

    def _of(self, address: str) -> list[int]:
        """The arrival times of an address: of its calls, and of its refused credentials."""
        key = client_of(address)
        times = self._times.get(key)
        if times is None:
            if len(self._times) >= _ADDRESSES:
                self._times.popitem(last=False)
            times = self._times[key] = [0, 0]
        else:
            self._times.move_to_end(key)
        return times


def bind_address_limit(settings: Settings, runtime: Runtime, workers: int = 1) -> AddressGate:
    """The gate of one of `workers` processes on this node: each grants its share, at least one call."""
    limit = settings.address_limit
    calls = Gcra(emission_us(limit.requests, limit.window_seconds), limit.requests)
    failures = Gcra(emission_us(limit.failures, limit.window_seconds), limit.failures)
    return AddressGate(_share(calls, workers), _share(failures, workers), runtime)


def _share(limit: Gcra, workers: int) -> Gcra:
    return limit.share(workers) or Gcra(limit.emission_us * workers, 1)
