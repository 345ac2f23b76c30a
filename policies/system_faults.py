"""How a system fails to answer, as refusals: one function a problem, shared by transport and whoever stands before it.

No detail names a host, a path of the system or anything that the system wrote.
"""

from policies.step import Effect, Problem, Refusal

SYSTEM_UNREACHABLE = Problem(
    "system-unreachable",
    502,
    "The system could not be reached",
    "Nothing was sent to it, so the call may be made again. The detail says what failed: name, connection or TLS.",
)
SYSTEM_BUSY = Problem(
    "system-busy",
    503,
    "All connections to the system are in use",
    "Nothing was sent to the system. Call again a little later, with fewer calls at once.",
)
SYSTEM_TIMEOUT = Problem(
    "system-timeout",
    504,
    "The system did not answer in time",
    "For writes look at `effect`: where it is unknown, read before writing again. The detail names the time that was "
    "waited.",
)
SYSTEM_ANSWER_BROKEN = Problem(
    "system-answer-broken",
    502,
    "The system's answer could not be read",
    "The system is at fault, not the call. For writes look at `effect`: where it is unknown, read before writing "
    "again. Report it with the correlation id.",
)
SYSTEM_REDIRECT = Problem(
    "system-redirect",
    502,
    "The system answered with a redirect",
    "The gateway follows none. Often the system wants a sign-in or has moved: its owner must correct the address or "
    "the credential in its settings.",
)
SYSTEM_ENCODED = Problem(
    "system-answer-encoded",
    502,
    "The system's answer is compressed",
    "The gateway asks for uncompressed answers, because what is compressed is not judged. The system's owner must "
    "switch compression off for the gateway.",
)
refuses = (
    SYSTEM_UNREACHABLE, SYSTEM_BUSY, SYSTEM_TIMEOUT, SYSTEM_ANSWER_BROKEN, SYSTEM_REDIRECT, SYSTEM_ENCODED,
)  # fmt: skip


def unreachable(why: str, proxy_error: str = "") -> Refusal:
    """`why` completes "The system could not be reached: ...". Nothing was sent."""
    detail = f"The system could not be reached: {why}."
    return Refusal(
        SYSTEM_UNREACHABLE, detail, fault="system", fault_class="transient.network", retry=True, proxy_error=proxy_error
    )


def busy(connections: int, seconds: float) -> Refusal:
    """No connection of the system's pool came free in that time. Nothing was sent."""
    detail = f"All {connections} connections to the system stayed in use for {seconds:g} seconds."
    return Refusal(SYSTEM_BUSY, detail, headers=((b"retry-after", b"1"),), fault="system")


def timed_out(what: str, seconds: float, proxy_error: str = "") -> Refusal:
    """`what` completes "The system ... within N seconds". It may still be at work: asking again would double it."""
    detail = f"The system {what} within {seconds:g} seconds."
    return Refusal(SYSTEM_TIMEOUT, detail, fault="system", fault_class="transient.network", proxy_error=proxy_error)


def broken(why: str) -> Refusal:
    """`why` is a sentence without its full stop that says what was wrong with the answer."""
    return Refusal(SYSTEM_ANSWER_BROKEN, f"{why}.", fault="system", fault_class="contract.violation")


def lost(why: str) -> Refusal:
    """The connection was lost under the answer. `why` as for `broken`."""
    return Refusal(
        SYSTEM_ANSWER_BROKEN, f"{why}.", fault="system", fault_class="transient.network", retry=True,
        proxy_error="http_response_incomplete",
    )  # fmt: skip


def redirected(status: int) -> Refusal:
    """A 3xx other than 304. The target is not told: it names a host."""
    detail = f"The system answered with a redirect ({status})."
    return Refusal(SYSTEM_REDIRECT, detail, fault="system", fault_class="contract.violation")


def encoded() -> Refusal:
    """A Content-Encoding, though `identity` was asked for."""
    detail = "The system's answer has a content coding though none was asked for."
    return Refusal(SYSTEM_ENCODED, detail, fault="system", fault_class="contract.violation")


def effect_of(status: int) -> Effect:
    """What a write did, as far as a whole answer's status tells.

    408 is said after the system worked on the call for as long as it may, so its effect is unknown like that of 5xx.
    """
    if 200 <= status < 300:
        return "applied"
    return "none" if 400 <= status < 500 and status != 408 else "unknown"
