"""The media types that an operation answers with, as its contract names them."""

from collections.abc import Mapping

from contracts.views import Response


def media_types_out(responses: Mapping[str, Response]) -> tuple[str, ...]:
    """All of them, those of successes first."""
    order = sorted(responses, key=lambda status: (not status.startswith("2"), status == "default"))
    return tuple(dict.fromkeys(name for status in order for name in responses[status].content))


def success_types(responses: Mapping[str, Response]) -> tuple[str, ...]:
    """Those of successes; none where one of them has no body, for then nothing need fit."""
    good = [response for status, response in responses.items() if status.startswith("2")]
    good = good or [response for status, response in responses.items() if status == "default"]
    if not all(response.content for response in good):
        return ()
    return tuple(dict.fromkeys(name for response in good for name in response.content))
