"""Two proofs beside the attacks: foreign is as absent as absent, and nothing is written once its owner has changed."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from isolation_attack import Attack, Body, Header, Told
from isolation_judges import Asked, anybodys, difference
from isolation_rows import Rows
from isolation_s4 import SALES

Form = tuple[str, str, tuple[Header, ...], Body]
"""Method, target with `{0}` for the key, head and body."""

_ORDER = f"{SALES}/A_SalesOrder('{{0}}')"
_ITEM = f"{SALES}/A_SalesOrderItem(SalesOrder='{{0}}',SalesOrderItem='10')"
_CENTRAL = "/business-central/v2"
_CHANGE = b'{"PurchaseOrderByCustomer": "flipped"}'
_ITEM_CHANGE = b'{"RequestedQuantity": "9"}'
_ANY = (("If-Match", "*"),)
_TAG = "W/\"datetimeoffset'2031-01-01T00%3A01%3A00.0000000Z'\""
_READ_HEADS: tuple[tuple[Header, ...], ...] = (
    *(((name, value),) for name in ("If-None-Match", "If-Match") for value in ("*", _TAG, 'W/"other"')),
    (("Range", "bytes=0-1"),),
    (("If-Modified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"),),
    (("Accept", "application/atom+xml"),),
)
_ORDER_TAILS = (
    "", "?$select=SalesOrder", "?$select=TotalNetAmount", "?$expand=to_Item", "?$format=json", "/to_Item", "/$count",
    "/to_Item?$inlinecount=allpages", "/to_Item?$select=Material", "/to_Item?$top=0", "/to_Item/$count",
    "/to_Item?$skip=1", "/to_Item?$orderby=NetAmount%20desc", "/to_Item?$filter=NetAmount%20gt%200", "/$value",
    "/$links/to_Item",
)  # fmt: skip
_ITEM_TAILS = (
    "", "?$select=NetAmount", "/to_SalesOrder", "/to_SalesOrder?$select=SalesOrder", "/to_SalesOrder?$expand=to_Item",
)  # fmt: skip
_FILTERS = (
    "SalesOrder%20eq%20'{0}'", "SalesOrder%20eq%20'{0}'&$inlinecount=allpages", "SalesOrder%20eq%20'{0}'&$top=1",
    "substringof('{0}',SalesOrder)", "SalesOrder%20eq%20'{0}'&$select=SalesOrder",
    "SalesOrder%20eq%20'{0}'&$expand=to_Item",
)  # fmt: skip
S4_FORMS: tuple[Form, ...] = (
    *((method, _ORDER + tail, (), None) for method in ("GET", "HEAD") for tail in _ORDER_TAILS),
    *((method, _ITEM + tail, (), None) for method in ("GET", "HEAD") for tail in _ITEM_TAILS),
    *((method, _ORDER, head, None) for method in ("GET", "HEAD") for head in _READ_HEADS),
    *((method, f"{SALES}/A_SalesOrder?$filter={text}", (), None) for method in ("GET", "HEAD") for text in _FILTERS),
    *(("PATCH", _ORDER, head, _CHANGE) for head in (_ANY, (("If-Match", _TAG),), ())),
    *(("DELETE", _ORDER, head, None) for head in (_ANY, ())),
    ("PATCH", _ITEM, _ANY, _ITEM_CHANGE),
    ("DELETE", _ITEM, _ANY, None),
    ("POST", f"{_ORDER}/to_Item", (), b'{"Material": "PUMP-40", "RequestedQuantity": "1"}'),
)
_RECORD_TAILS = (
    "", "?$select=id", "?$select=number,status", "?$expand=customer", "?$expand=salesOrderLines", "/salesOrderLines",
    "/salesOrderLines?$count=true", "/salesOrderLines?$top=0", "/salesOrderLines?$filter=quantity%20gt%200", "/$count",
    "/$value", "/customer", "/salesOrderLines/$count", "/customer/$ref",
)  # fmt: skip
BC_FORMS: tuple[Form, ...] = (
    *((method, f"{_CENTRAL}/salesOrders({{0}}){tail}", (), None) for method in ("GET", "HEAD")
      for tail in _RECORD_TAILS),
    *((method, f"{_CENTRAL}/{name}({{0}})", head, None) for method in ("GET", "HEAD")
      for name in ("salesOrders", "customers", "items") for head in ((), *_READ_HEADS)),
    *((method, f"{_CENTRAL}/salesOrders?$filter=id%20eq%20{{0}}{tail}", (), None) for method in ("GET", "HEAD")
      for tail in ("", "&$count=true", "&$top=1", "&$expand=customer")),
    ("PATCH", f"{_CENTRAL}/salesOrders({{0}})", _ANY, b'{"externalDocumentNumber": "x"}'),
    ("PATCH", f"{_CENTRAL}/salesOrders({{0}})", (), b'{"externalDocumentNumber": "x"}'),
    ("PATCH", f"{_CENTRAL}/customers({{0}})", _ANY, b'{"displayName": "x"}'),
    ("PATCH", f"{_CENTRAL}/items({{0}})", _ANY, b'{"displayName": "x"}'),
    *(("DELETE", f"{_CENTRAL}/{name}({{0}})", _ANY, None) for name in ("salesOrders", "customers", "items")),
    ("POST", f"{_CENTRAL}/salesOrders({{0}})/salesOrderLines", (), b'{"lineObjectNumber": "PUMP-40", "quantity": 1}'),
    ("POST", f"{_CENTRAL}/salesOrders({{0}})/Microsoft.NAV.shipAndInvoice", (), b""),
    ("POST", f"{_CENTRAL}/salesOrders", (), b'{"customerId": "{0}"}'),
    ("POST", f"{_CENTRAL}/salesOrders", (), b'{"customerNumber": "10000", "salesOrderLines": [{"itemId": "{0}"}]}'),
)  # fmt: skip

FLIPS: tuple[Form, ...] = (
    ("PATCH", _ORDER, _ANY, _CHANGE), ("DELETE", _ORDER, _ANY, None),
    ("PATCH", _ITEM, _ANY, _ITEM_CHANGE), ("DELETE", _ITEM, _ANY, None),
)  # fmt: skip
"""Writes by key. An item that is added goes without `If-Match`: there the offer states that owners never change."""

Ask = Callable[[Attack, str], Told]


def pairs(
    forms: Iterable[Form], who: str, foreign: str, absent: str, ask: Ask, heard: Callable[[], Mapping[str, Asked]]
) -> Iterator[str]:
    """What differs between the two keys, form by form: in bytes, or in what the system is asked. Both are as long."""
    for method, target, headers, body in forms:
        seen: list[tuple[bytes, Asked]] = []
        for key in (foreign, absent):
            filled = body.replace(b"{0}", key.encode()) if body is not None else None
            heard()
            told = ask(Attack("pair", method, target.replace("{0}", key), who, headers, filled), "attack-as-a-pair")
            calls = tuple((verb, at.replace(key, "KEY")) for verb, at in heard().get("attack-as-a-pair", ()))
            seen.append((anybodys(told.raw).replace(key.encode(), b"KEY"), calls))
        found = difference(seen[0][0], seen[1][0]) or ("no answer" if not seen[0][0] else "")
        if not found and seen[0][1] != seen[1][1]:
            found = f"the system is asked {seen[0][1]} and {seen[1][1]}"
        if found:
            yield f"hinted: {found}, by {method} {target} {dict(headers)}"


Control = Callable[[str, object], object]


def flips(
    rows: Rows, ask: Ask, control: Control, own: list[str], to: str, *, flip: bool = True
) -> tuple[list[str], int]:
    """Writes during which the record goes to another organisation, after it was proven: what they changed all the same.

    Also how many came too soon to show anything. `control`: of the simulator, which holds the answer to the proof back
    until the owner has changed.
    """
    done: list[str] = []
    late = 0
    for at, number in enumerate(own):
        method, target, headers, body = FLIPS[at % len(FLIPS)]
        control("reset", {})
        order = {"fault": "slow", "times": 1, "match": {"method": "GET", "path": f"'{number}'"}}
        control("misbehave", {**order, "options": {"seconds": 0.3}})
        first = rows.all()
        attack = Attack("flip", method, target.replace("{0}", number), "webshop for mde", headers, body)
        thread = threading.Thread(target=ask, args=(attack, "attack-while-it-flips"))
        thread.start()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and not _proving(control, number):
            time.sleep(0.01)
        time.sleep(0.03)  # the simulator has read the row, and holds the answer back
        late += rows.all() != first
        if flip:
            changed = f"2033-01-01T00:00:{at % 60:02d}.0Z"
            rows.edit("A_SalesOrder", number, SalesOrganization=to, LastChangeDateTime=changed)
        before = rows.all() if flip else first
        thread.join()
        if rows.all() != before:
            done.append(f"changed: {method} {attack.target} was carried out after its owner had changed")
    control("reset", {})
    return done, late


def _proving(control: Control, number: str) -> bool:
    """Whether the system was asked whose the record is."""
    asked = control("requests", None)["requests"]  # type: ignore[index]
    return any(one["method"] == "GET" and f"'{number}'" in one["target"] for one in asked)
