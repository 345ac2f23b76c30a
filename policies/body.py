"""Reads the request body the way the operation's body plan says: none, a buffer up to a bound, or a stream."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from contracts.settings import Bounds
from policies.step import Answer, Call, Policy, Problem, Refusal, Route, Runtime, Step

BODY_TOO_LARGE = Problem(
    "body-too-large",
    413,
    "The request body is larger than this operation takes",
    "Send less in one call, for instance fewer lines. The detail names the bound in bytes.",
)
BODY_ENCODED = Problem(
    "body-encoded",
    415,
    "A compressed request body is not taken",
    "Send the body without Content-Encoding: what cannot be read cannot be judged.",
)
BODY_NOT_EXPECTED = Problem(
    "body-not-expected",
    400,
    "This operation takes no body",
    "Leave the body out.",
)


@dataclass(frozen=True, slots=True)
class ReadBody:
    """State: none."""

    bounds: Bounds
    refuses: ClassVar[tuple[Problem, ...]] = (BODY_TOO_LARGE, BODY_ENCODED, BODY_NOT_EXPECTED)

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:  # noqa: ARG002 - no state
        """The whole body is read before anything goes to a system, unless the plan says stream."""
        plan = route.operation.body_plan
        bound, streamed = self.bounds.request_body_bytes, self.bounds.streamed_body_bytes
        safe = route.operation.safe

        async def read_body(call: Call) -> Answer:
            coding = call.headers.get(b"content-encoding")
            if coding is not None and coding.strip().lower() != b"identity":
                raise Refusal(BODY_ENCODED, "Content-Encoding must be left out.", fault="gateway")
            if plan.kind == "stream" and route.isolation is None:
                if _length(call) > streamed:
                    raise Refusal(BODY_TOO_LARGE, f"At most {streamed} bytes are taken.", fault="gateway")
                given = await call.read(0)
                call.body = given if isinstance(given, bytes) else _bounded(given, streamed)
                return await inner(call)
            if _length(call) > bound:
                raise Refusal(BODY_TOO_LARGE, f"At most {bound} bytes are taken.", fault="gateway")
            body = await call.read(bound)
            if not isinstance(body, bytes):
                raise Refusal(BODY_TOO_LARGE, f"At most {bound} bytes are taken.", fault="gateway")
            if body and plan.kind == "none":
                what = "A safe method" if safe else "This operation"
                raise Refusal(BODY_NOT_EXPECTED, f"{what} takes no body by its contract.", fault="gateway")
            call.body = body
            return await inner(call)

        return read_body


def _length(call: Call) -> int:
    """Content-Length; wire has refused any that is no number."""
    return int(call.headers.get(b"content-length", b"0"))


async def _bounded(body: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    """A stream that ends in a refusal where it grows past the bound."""
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > most:
            raise Refusal(BODY_TOO_LARGE, f"At most {most} bytes are taken.", fault="gateway")
        yield chunk


_guard: type[Policy] = ReadBody
