"""Attacks on companies of one Business Central, which are told apart by a segment of the path; OData V4."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import isolation_families as alike
from isolation_attack import WRITES, Aim, Attack, Family, mixed
from isolation_grammar import carried_out, written
from isolation_words import Words

CENTRAL = "/business-central/v2"
ORDERS = f"{CENTRAL}/salesOrders"
_ANY = (("If-Match", "*"),)
_SAFE = "$=&*()/,;'@%"


def _words(aim: Aim, **more: str) -> Words:
    return Words(aim, "bc", key="id", customer=aim.extra["customers"], item=aim.extra["items"], **more)


def in_company(attack: Attack, company: str) -> Attack:
    """The attack as it is made where consumers name the company themselves."""
    if f"{CENTRAL}/companies" in attack.target:
        return attack
    return replace(attack, target=attack.target.replace(f"{CENTRAL}/", f"{CENTRAL}/companies({company})/", 1))


def named(aim: Aim) -> Iterator[Attack]:
    """Those that no run leaves out."""
    yield Attack("filter", "GET", f"{ORDERS}?$filter={quote('1 eq 1) or (1 eq 1')}", aim.who[0])
    for key in aim.foreign[:2]:
        for tail in ("", "/salesOrderLines", "?$expand=customer"):
            yield Attack("read", "GET", f"{ORDERS}({key}){tail}", aim.who[0])
            yield Attack("read", "GET", f"{CENTRAL}/companies({aim.pin})/salesOrders({key}){tail}", aim.who[0])
        yield Attack("write", "DELETE", f"{ORDERS}({key})", aim.who[0], _ANY)
        yield Attack("write", "DELETE", f"{CENTRAL}/companies({aim.pin})/salesOrders({key})", aim.who[0], _ANY)
        body = b'{"externalDocumentNumber": "taken"}'
        yield Attack("write", "PATCH", f"{ORDERS}({key})", aim.who[0], _ANY, body)


def _places(aim: Aim) -> tuple[str, ...]:
    own, foreign = aim.own[0], aim.foreign[0]
    return (ORDERS, f"{ORDERS}({own})", f"{ORDERS}({foreign})", f"{ORDERS}({own})/salesOrderLines",
            f"{ORDERS}({foreign})/salesOrderLines", f"{CENTRAL}/customers", f"{CENTRAL}/items")  # fmt: skip


def paths(aim: Aim) -> Iterator[Attack]:
    """The other company in the path: by its id, by way of one's own, by dots and slashes that are encoded."""
    words = _words(aim)
    bodies = {"POST": _order(words), "PATCH": b'{"externalDocumentNumber": "taken"}'}
    for at, name, method, who, option in mixed(
        range(len(words("companies"))), words("sets"), ("GET", "GET", "HEAD", "POST", "PATCH", "DELETE"), aim.who,
        words("options")[:6], most=2500,
    ):  # fmt: skip
        path = words("companies")[at].replace("<set>", name)
        head = _ANY if method in ("PATCH", "DELETE") else ()
        yield Attack("path", method, f"{CENTRAL}/{path}{f'?{option}' if option else ''}", who, head, bodies.get(method))


def filters(aim: Aim) -> Iterator[Attack]:
    """Conditions on lists."""
    places = _places(aim)
    lists = (places[0], places[0], places[3], places[4], places[5], f"{ORDERS}/$count", f"{CENTRAL}/companies")
    yield from alike.filters(_words(aim), aim, lists)


def reads(aim: Aim) -> Iterator[Attack]:
    """The other company's records under one's own address."""
    words = {key: _words(aim, foreign=key) for key in aim.foreign[:3]}
    first = words[aim.foreign[0]]
    sets = ("salesOrders", "salesOrders", "customers", "items")
    heads = first("read_heads")
    for key, tail, option, at, name, head, method in mixed(
        words, first("read_tails"), first("options"), range(len(first("keys"))), sets, heads, ("GET", "HEAD"), most=2500
    ):
        query = f"?{quote(option, safe=_SAFE)}" if option else ""
        place = f"{CENTRAL}/{name}"
        given = head or (("If-None-Match", aim.tags[key]),)
        yield Attack("read", method, f"{place}({words[key]('keys')[at]}){tail}{query}", aim.who[0], given)
        yield Attack("read", method, f"{place}({key}){tail}{query}", aim.who[0], head)
        yield Attack("read", method, f"{place}({aim.own[0]}){tail}{query}", aim.who[0], head)


def lists(aim: Aim) -> Iterator[Attack]:
    """Lists with options that reach further."""
    words = _words(aim)
    for place, option, head, method in mixed(
        (*_places(aim), f"{CENTRAL}/"), words("options"), words("read_heads"), ("GET", "HEAD")
    ):
        yield Attack("list", method, f"{place}?{quote(option, safe=_SAFE)}", aim.who[0], head)


def selectors(aim: Aim) -> Iterator[Attack]:
    """The company named beside the address."""
    yield from alike.selectors(_words(aim), aim, _places(aim))


def entities(aim: Aim) -> Iterator[Attack]:
    """Addresses in headers, and entities named by callers who have one only."""
    theirs = f"/v2.0/meridian/production/api/v2.0/companies({aim.pin})/salesOrders"
    yield from alike.entities(_words(aim), aim, (*_places(aim)[:3], theirs))


def options(aim: Aim) -> Iterator[Attack]:
    """Options that reach further."""
    words = _words(aim)
    values = tuple(option.partition("=")[2] for option in words("options") if "=" in option)
    yield from alike.options(words, aim, _places(aim), values)


def tokens(aim: Aim) -> Iterator[Attack]:
    """Continuations."""
    places = _places(aim)
    yield from alike.tokens(_words(aim), aim, (places[0], places[3], places[4], places[5]))


def far(aim: Aim) -> Iterator[Attack]:
    """Across."""
    yield from alike.far(_words(aim), aim, CENTRAL, f"companies({aim.pin})/salesOrders({aim.foreign[0]})")


def writes(aim: Aim) -> Iterator[Attack]:
    """The other company's records changed, deleted, added to, posted; own ones that refer to them."""
    words = _words(aim)
    key, own = aim.foreign[0], aim.own[1]
    bodies = tuple(_bodies(words))
    conditions = (_ANY, (("If-Match", aim.tags[key]),), (), (("If-Match", aim.own_tags[own]),))
    places = (
        *(f"{ORDERS}({form})" for form in words("keys")[:6]), ORDERS, f"{ORDERS}({own})",
        f"{ORDERS}({key})/salesOrderLines", f"{ORDERS}({own})/salesOrderLines",
        f"{ORDERS}({key})/Microsoft.NAV.shipAndInvoice", f"{ORDERS}({own})/customer/$ref",
        f"{ORDERS}({own})/salesOrderLines({key})", f"{CENTRAL}/customers", f"{CENTRAL}/items",
        f"{CENTRAL}/customers({aim.extra['customers']})", f"{CENTRAL}/items({aim.extra['items']})",
        f"{CENTRAL}/companies({aim.pin})/salesOrders", f"{CENTRAL}/companies({aim.pin})/salesOrders({key})",
        f"{CENTRAL}/companies({aim.pin})/customers", f"{CENTRAL}/companies({aim.pin})",
    )  # fmt: skip
    for place, method, condition, override, body in mixed(places, WRITES, conditions, words("overrides"), bodies):
        sent = body if method != "DELETE" else None
        yield Attack("write", method, place, aim.who[0], (*condition, *override), sent)
    for place, body, (kind, codec) in mixed(places[6:10], bodies, words("body_kinds"), most=1000):
        sent = body.decode().encode(codec)
        yield Attack("body", "POST", place, aim.who[0], (("Content-Type", kind),), sent)


def deep(aim: Aim) -> Iterator[Attack]:
    """Reads that the system carries out."""
    keys = (*aim.own[:3], *aim.foreign[:2])
    lists = [(ORDERS, "order")] * 4 + [(f"{CENTRAL}/customers", "customer")] * 2
    lists += [(f"{ORDERS}({key})/salesOrderLines", "line") for key in keys]
    records = (
        *(f"{ORDERS}({key})" for key in keys),
        f"{CENTRAL}/customers({aim.extra['customers']})",
        f"{CENTRAL}/items({aim.extra['items']})",
    )
    yield from carried_out(_words(aim), aim, lists, records)


def right(aim: Aim) -> Iterator[Attack]:
    """Writes whose form is right."""
    keys = (*aim.own[1:3], *aim.foreign[:2])
    records = [(f"{ORDERS}({key})", "order_changes") for key in keys]
    records += [(f"{CENTRAL}/customers({aim.extra['customers']})", "customer_changes")]
    records += [(f"{CENTRAL}/items({aim.extra['items']})", "item_changes")]
    lists = [(ORDERS, "orders"), (f"{CENTRAL}/customers", "new_customers"), (f"{CENTRAL}/items", "new_items")]
    lists += [(f"{ORDERS}({key})/salesOrderLines", "new_lines") for key in keys]
    lists += [(f"{ORDERS}({key})/Microsoft.NAV.shipAndInvoice", "nothing") for key in keys]
    yield from written(_words(aim), aim, records, lists, ("PATCH", "PATCH", "DELETE", "PUT"))


def _order(words: Words) -> bytes:
    return f"{{{words('orders')[0]}}}".encode()


def _bodies(words: Words) -> Iterator[bytes]:
    members = words("members")
    for member in members:
        yield f"{{{member}}}".encode()
        yield f"{{{words('item')}, {member}}}".encode()
        yield f'{{"displayName": "mine", {member}}}'.encode()
    for order in words("orders"):
        for member in members:
            yield f"{{{order}, {member}}}".encode()
        yield f"{{{order}}}".encode()


FAMILIES: tuple[Family, ...] = (
    paths, filters, reads, lists, selectors, entities, far, options, tokens, writes, right, deep, deep,
)  # fmt: skip
