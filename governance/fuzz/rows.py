"""The records of a list and its way to the next page, out of whatever envelope they come in."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

HOLDERS: Final = ("value", "results", "items", "data", "records", "entries", "content", "rows")
NEXT: Final = ("@odata.nextLink", "odata.nextLink", "__next", "nextLink", "next", "next_page", "nextPage", "nextCursor",
               "next_cursor", "cursor")  # fmt: skip
SIZES: Final = frozenset({"$top", "top", "limit", "pagesize", "perpage", "size", "maxresults", "maxrecords"})
OFFSETS: Final = frozenset({"$skip", "skip", "offset", "start", "startindex"})
TOKENS: Final = frozenset({
    "after", "cursor", "pagetoken", "nextpagetoken", "continuation", "continuationtoken", "marker", "startingafter",
    "next",
})  # fmt: skip
_ENVELOPES: Final = ("d", "data", "_embedded", "page", "meta", "paging", "links", "_links")


def folded(name: str) -> str:
    """A parameter's name as conventions compare it."""
    return name.casefold().replace("_", "").replace("-", "")


def rows_of(value: Any) -> list[Any] | None:
    """The records of a list; None for what is none."""
    for _ in range(3):
        if isinstance(value, list):
            return value
        if not isinstance(value, dict):
            return None
        inner = [value[name] for name in HOLDERS if isinstance(value.get(name), list)]
        if inner:
            return list(inner[0])
        value = value.get("d", value.get("data"))
    return None


def next_links(value: Any) -> Iterator[str]:
    """What an answer says of its next page: a link, or a token for a parameter."""
    level = [value]
    for _ in range(3):
        following = []
        for node in level:
            if isinstance(node, dict):
                yield from (node[name] for name in NEXT if isinstance(node.get(name), str) and node[name])
                following += [node[name] for name in _ENVELOPES if isinstance(node.get(name), dict)]
        level = following


def next_query(answer: Any, query: Mapping[str, str], token: str | None) -> dict[str, str] | None:
    """The parameters of the next page: those of a link, or these with a token in its own; None where there is none."""
    for link in next_links(answer):
        parts = urlsplit(link)
        if parts.query:
            return dict(parse_qsl(parts.query, keep_blank_values=True))
        if token is not None and "/" not in link:
            return {**query, token: link}
    return None
