"""Waits where the system says that it has no room, and asks again: what was refused for load is no verdict."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from contracts.systems import System
from policies.discard import discard
from policies.fault_profile import fault_profile
from policies.fault_refusals import retry_after
from policies.step import Answer, Exchange, Runtime, Send

ATTEMPTS: Final = 3
LONGEST_SECONDS: Final = 30.0


def bind_patience(
    system: System, runtime: Runtime, inner: Send, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Send:
    """Three attempts in all, the wait as the system says it, else one second and twice as long each time."""
    faults = fault_profile(system.product)

    async def patience(exchange: Exchange) -> Answer:
        wait = 1.0
        for attempt in range(ATTEMPTS):
            answer = await inner(exchange)
            told = faults.judge(exchange.method, answer.status, answer.headers, answer.body)
            refused = told is not None and told.kind == "transient.capacity" and told.effect == "none"
            # Who says when to come again has not worked on the call.
            refused = refused or (answer.status == 503 and any(name == b"retry-after" for name, _ in answer.headers))
            if not refused or attempt + 1 == ATTEMPTS or not isinstance(exchange.body, bytes):
                return answer
            said = retry_after(answer.headers, runtime.now())
            await discard(answer.body)
            await sleep(min(wait if said is None else max(said, 0.1), LONGEST_SECONDS))
            wait *= 2
            exchange = exchange.again()
        raise AssertionError("unreachable")

    return patience
