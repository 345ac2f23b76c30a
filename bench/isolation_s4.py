"""Attacks on companies of one S/4HANA, which are told apart by a field of each record; OData V2."""

from collections.abc import Iterator
from urllib.parse import quote

import isolation_families as alike
from isolation_attack import WRITES, Aim, Attack, Family, mixed
from isolation_grammar import carried_out, written
from isolation_words import Words

SALES = "/sales-orders/v1"
ORDERS = f"{SALES}/A_SalesOrder"
ITEMS = f"{SALES}/A_SalesOrderItem"
_ANY = (("If-Match", "*"),)


def _words(aim: Aim, **more: str) -> Words:
    return Words(aim, "s4", key="SalesOrder", **more)


def named(aim: Aim) -> Iterator[Attack]:
    """Those that no run leaves out."""
    for text in ("1 eq 1) or (1 eq 1", f"SalesOrganization eq '{aim.pin}'"):
        yield Attack("filter", "GET", f"{ORDERS}?$filter={quote(text)}", aim.who[0])
    for number in aim.foreign[:2]:
        for tail in ("", "/to_Item", "?$expand=to_Item", "?$select=SalesOrder"):
            yield Attack("read", "GET", f"{ORDERS}('{number}'){tail}", aim.who[0])
        yield Attack("write", "DELETE", f"{ORDERS}('{number}')", aim.who[0], _ANY)
        body = b'{"PurchaseOrderByCustomer": "taken"}'
        yield Attack("write", "PATCH", f"{ORDERS}('{number}')", aim.who[0], _ANY, body)


def _places(aim: Aim) -> tuple[str, ...]:
    own, foreign = aim.own[0], aim.foreign[0]
    return (ORDERS, f"{ORDERS}('{own}')", f"{ORDERS}('{foreign}')", f"{ORDERS}('{own}')/to_Item",
            f"{ORDERS}('{foreign}')/to_Item")  # fmt: skip


def filters(aim: Aim) -> Iterator[Attack]:
    """Conditions on lists."""
    places = _places(aim)
    yield from alike.filters(_words(aim), aim, (places[0], places[0], *places[3:], f"{ORDERS}/$count", ITEMS))


def reads(aim: Aim) -> Iterator[Attack]:
    """Foreign records by key: however the key is written, whatever is asked of them."""
    words = {number: _words(aim, foreign=number) for number in aim.foreign[:4]}
    first = words[aim.foreign[0]]
    heads = first("read_heads")
    around = f"{ORDERS}('{aim.own[0]}')/../A_SalesOrder"
    ways = (ORDERS, ORDERS, ORDERS, around)
    for number, tail, option, at, way, head, method in mixed(
        words, first("read_tails"), first("read_options"), range(len(first("keys"))), ways, heads, ("GET", "HEAD"),
        most=2500,
    ):  # fmt: skip
        query = f"?{quote(option, safe='$=&*()/,')}" if option else ""
        given = head or (("If-None-Match", aim.tags[number]),)
        yield Attack("read", method, f"{way}({words[number]('keys')[at]}){tail}{query}", aim.who[0], given)
        yield Attack("read", method, f"{ORDERS}('{number}'){tail}{query}", aim.who[0], head)


def items(aim: Aim) -> Iterator[Attack]:
    """Items, which do not say themselves whose they are, and what can be reached by way of them."""
    of = {number: _words(aim, foreign=number) for number in aim.foreign[:6]}
    words = of[aim.foreign[0]]
    methods = ("GET", "HEAD", "PATCH", "DELETE")
    for number, item, name, tail, shape, method, option in mixed(
        of, ("10", "20", "000010"), words("item_names"), words("item_tails"),
        range(len(words("item_keys"))), methods, words("item_options"),
    ):  # fmt: skip
        key = of[number]("item_keys")[shape].format(name=name, item=item)
        body = b'{"SalesOrderItemText": "taken"}' if method == "PATCH" else None
        head = _ANY if method in ("PATCH", "DELETE") else ()
        target = f"{ITEMS}({quote(key, safe=chr(39) + '=,/%')}){tail}{option}"
        yield Attack("item", method, target, aim.who[0], head, body)


def selectors(aim: Aim) -> Iterator[Attack]:
    """The organisation named beside the address."""
    yield from alike.selectors(_words(aim), aim, _places(aim))


def entities(aim: Aim) -> Iterator[Attack]:
    """The entity named by callers who have one only."""
    yield from alike.entities(_words(aim), aim, _places(aim)[:3])


def options(aim: Aim) -> Iterator[Attack]:
    """Options that reach further."""
    words = _words(aim)
    yield from alike.options(words, aim, _places(aim), words("option_values"))


def tokens(aim: Aim) -> Iterator[Attack]:
    """Continuations."""
    places = _places(aim)
    yield from alike.tokens(_words(aim), aim, (places[0], *places[3:]))


def far(aim: Aim) -> Iterator[Attack]:
    """Across."""
    yield from alike.far(_words(aim), aim, SALES, f"A_SalesOrder('{aim.foreign[0]}')")


def writes(aim: Aim) -> Iterator[Attack]:
    """Foreign records changed, deleted, added to; own ones handed over; new ones made for somebody else."""
    words = _words(aim)
    number, own = aim.foreign[0], aim.own[1]
    bodies = tuple(_bodies(words))
    conditions = (_ANY, (("If-Match", aim.tags[number]),), (), (("If-None-Match", "*"),),
                  (("If-Match", aim.own_tags[own]),))  # fmt: skip
    places = (
        *(f"{ORDERS}({key})" for key in words("keys")[:8]), ORDERS, f"{ORDERS}('{own}')", ITEMS,
        f"{ORDERS}('{number}')/to_Item", f"{ORDERS}('{own}')/to_Item", f"{ORDERS}('0{number}')/to_Item",
        f"{ITEMS}(SalesOrder='{number}',SalesOrderItem='10')", f"{ITEMS}(SalesOrder='{own}',SalesOrderItem='10')",
        f"{ITEMS}(SalesOrderItem='10',SalesOrder='{number}')/to_SalesOrder", f"{ORDERS}('{own}')/$links/to_Item",
        f"{ORDERS}('{number}')/to_Item('10')",
    )  # fmt: skip
    for place, method, condition, override, body in mixed(places, WRITES, conditions, words("overrides"), bodies):
        sent = body if method != "DELETE" else None
        yield Attack("write", method, place, aim.who[0], (*condition, *override), sent)
    for place, body, (kind, codec) in mixed(places[8:14], bodies, words("body_kinds"), most=1500):
        sent = body.decode().encode(codec)
        yield Attack("body", "POST", place, aim.who[0], (("Content-Type", kind),), sent)
    for place, body, override in mixed(places, bodies[:3], words("overrides"), most=300):
        yield Attack("write", "GET", place, aim.who[0], (*override, *_ANY), body)


def deep(aim: Aim) -> Iterator[Attack]:
    """Reads that the system carries out."""
    own, foreign = aim.own[:3], aim.foreign[:2]
    lists = [(ORDERS, "order")] * 4 + [(f"{ORDERS}('{key}')/to_Item", "item") for key in (*own[:2], foreign[0])]
    records = (
        *(f"{ORDERS}('{key}')" for key in (*own, *foreign)),
        *(f"{ITEMS}(SalesOrder='{key}',SalesOrderItem='10')" for key in (*own, *foreign)),
        *(f"{ITEMS}(SalesOrder='{key}',SalesOrderItem='10')/to_SalesOrder" for key in (*own, *foreign)),
    )
    yield from carried_out(_words(aim), aim, lists, records)


def right(aim: Aim) -> Iterator[Attack]:
    """Writes whose form is right."""
    keys = (*aim.own[1:3], *aim.foreign[:2])
    records = [(f"{ORDERS}('{key}')", "order_changes") for key in keys]
    records += [(f"{ITEMS}(SalesOrder='{key}',SalesOrderItem='10')", "item_changes") for key in keys]
    lists = [(ORDERS, "orders")] * 2 + [(f"{ORDERS}('{key}')/to_Item", "new_items") for key in keys]
    yield from written(_words(aim), aim, records, lists, ("PATCH", "PATCH", "DELETE", "MERGE", "PUT"))


def _bodies(words: Words) -> Iterator[bytes]:
    members = words("members")
    for member in members:
        yield f"{{{member}}}".encode()
        yield f"{{{words('item')}, {member}}}".encode()
    for order in words("orders"):
        for member in members:
            yield f"{{{order}, {member}}}".encode()
        for member in members[:8]:
            yield f"{{{member}, {order}}}".encode()
        yield f'{{"d": {{{order}, {members[0]}}}}}'.encode()
        yield f"[{{{order}, {members[0]}}}]".encode()
        yield f"{{{order}}}".encode()


FAMILIES: tuple[Family, ...] = (
    filters, reads, items, selectors, entities, far, options, tokens, writes, right, deep, deep,
)  # fmt: skip
