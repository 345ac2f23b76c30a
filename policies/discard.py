"""Giving up an answer's body."""

from policies.step import Body


async def discard(body: Body) -> None:
    """Close a streamed body that nobody will read; a whole one needs nothing."""
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()
