"""Values of parameters and forms as they go over the wire, by location and style; only what is plain."""

from typing import Any
from urllib.parse import quote

from contracts.probe.raw import UnknownError


def text_of(value: Any) -> str:
    """A scalar in a parameter. Raises UnknownError for what has no text of its own."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    raise UnknownError("a parameter that is no scalar and no list of scalars")


def pairs(name: str, value: Any, *, explode: bool) -> list[str]:
    """Style `form`, in a query or a form."""
    named = quote(name, safe="$")
    if isinstance(value, list):
        if not value:
            raise UnknownError("a parameter that is an empty list")
        texts = [quote(text_of(item), safe="") for item in value]
        return [f"{named}={text}" for text in texts] if explode else [f"{named}={','.join(texts)}"]
    return [f"{named}={quote(text_of(value), safe='')}"]


def simple(value: Any) -> bytes:
    """Style `simple`, in a path."""
    items = value if isinstance(value, list) else [value]
    text = ",".join(quote(text_of(item), safe="") for item in items)
    if not text or text in (".", ".."):
        raise UnknownError("a path parameter that would be empty")
    return text.encode()


def header(value: Any) -> bytes:
    """Style `simple`, in a header."""
    texts = [text_of(item) for item in (value if isinstance(value, list) else [value])]
    if isinstance(value, list) and any("," in text for text in texts):
        raise UnknownError("a list in a header whose items hold commas")
    text = ",".join(texts)
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise UnknownError("a header whose text is not plain ASCII")
    return text.encode()
