"""The mix: every kind of call of the soak, with its weight."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from soak_caller import ABUSER, AWAY, READS, WRITES, Caller

SALES, CENTRAL = "/sales-orders/v1", "/business-central/v2"
_CENTRAL_ORDERS = f"{CENTRAL}/salesOrders"
_LATE = frozenset({200, 304, 408}) | AWAY
Kind = Callable[[Caller], Awaitable[object]]


def new_order(marker: str, items: int = 1) -> dict[str, Any]:
    """An order for S/4HANA that bears a marker."""
    return {
        "SalesOrderType": "OR", "DistributionChannel": "10",
        "OrganizationDivision": "00", "SoldToParty": "17100001", "PurchaseOrderByCustomer": marker,
        "to_Item": [{"Material": "PUMP-40", "RequestedQuantity": "2"} for _ in range(items)],
    }  # fmt: skip


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _order(c: Caller) -> tuple[str, str]:
    return c.random.choice(c.world.orders) if c.world.orders else ("4711", "")


def _marker(c: Caller) -> str:
    return f"soak-{c.random.getrandbits(60):015x}"


async def read_order(c: Caller) -> None:
    number, etag = _order(c)
    more = {"If_None_Match": etag} if etag and c.random.random() < 0.3 else {}
    # Not `good`: where entities share a system, a broken answer is told like that of another entity's record, 404.
    await c.call("read", "GET", f"{SALES}/A_SalesOrder('{number}')", c.bearer(**more), expected=READS)


async def list_orders(c: Caller) -> None:
    target = f"{SALES}/A_SalesOrder?$inlinecount=allpages"
    for page in range(c.random.randint(1, 3)):
        kind = "next page" if page else "list"
        answer = await c.call(kind, "GET", target, c.bearer(), expected=READS, good=not page)
        found = _json(answer.body).get("d", {}) if answer is not None and answer.status == 200 else {}
        for row in found.get("results", []):
            c.world.orders.append((str(row.get("SalesOrder", "4711")), str(row.get("__metadata", {}).get("etag", ""))))
        del c.world.orders[:-60]
        if not found.get("__next") or not (target := c.path_of(found["__next"], kind)):
            return


async def read_items(c: Caller) -> None:
    number, _ = _order(c)
    what = c.random.choice(("to_Item", "to_Item?$top=1&$select=Material"))
    await c.call("items", "GET", f"{SALES}/A_SalesOrder('{number}')/{what}", c.bearer(), expected=READS, good=True)


async def create_order(c: Caller) -> None:
    marker = _marker(c)
    many = c.random.choice((1, 1, 1, 40))
    target = f"{SALES}/A_SalesOrder"
    answer = await c.call(
        "create", "POST", target, c.bearer(), new_order(marker, many), expected=WRITES, good=True, marker=marker
    )
    if answer is None or answer.status != 201 or "location" not in answer.headers:
        return
    place = c.path_of(answer.headers["location"], "create")
    change = {"DeliveryBlockReason": "01"}
    for etag in ("", 'W/"0"', answer.headers.get("etag", "")):
        more = {"If_Match": etag} if etag else {}
        if place:
            await c.call("change", "PATCH", place, c.bearer(**more), change, expected=WRITES, good=False)


async def create_large(c: Caller) -> None:
    """More than is judged on the event loop, slowly or in chunks or at once."""
    marker = _marker(c)
    body = json.dumps(new_order(marker)).encode()
    body = body[:-1] + b" " * c.random.choice((70_000, 400_000, 900_000)) + b"}"
    how = c.random.choice(("slow upload", "large body", "large body", "expect"))
    more = {"Expect": "100-continue"} if how == "expect" else {}
    await c.call(
        how, "POST", f"{SALES}/A_SalesOrder", c.bearer(**more), body, expected=WRITES, good=how != "slow upload",
        marker=marker, pieces=1 if how == "large body" else 4, pause=0.3,
    )  # fmt: skip


async def upload_too_slow(c: Caller) -> None:
    body = json.dumps(new_order("x")).encode()
    await c.call(
        "upload too slow", "POST", f"{SALES}/A_SalesOrder", c.bearer(), body, expected=frozenset({408, 429, 503}),
        pieces=5, pause=2,
    )  # fmt: skip


async def central_reads(c: Caller) -> None:
    target = c.random.choice((f"{CENTRAL}/items?$count=true", _CENTRAL_ORDERS, f"{CENTRAL}/customers?$top=3"))
    if c.world.central and c.random.random() < 0.4:
        target = f"{_CENTRAL_ORDERS}({c.random.choice(c.world.central)[0]})"
    for page in range(2):
        kind = "BC next page" if page else "BC read"
        answer = await c.call(kind, "GET", target, c.bearer(entity="mna"), expected=READS, good=not page)
        found = _json(answer.body) if answer is not None and answer.status == 200 else {}
        if "/salesOrders" in target and isinstance(found.get("value"), list):
            c.world.central += [(str(r.get("id")), str(r.get("@odata.etag", ""))) for r in found["value"]]
            del c.world.central[:-60]
        if not found.get("@odata.nextLink") or not (target := c.path_of(found["@odata.nextLink"], kind)):
            return


async def central_create(c: Caller) -> None:
    marker = _marker(c)
    body = {"customerNumber": "10000", "externalDocumentNumber": marker}
    answer = await c.call(
        "BC create", "POST", _CENTRAL_ORDERS, c.bearer(entity="mna"), body, expected=WRITES, good=True, marker=marker
    )
    made = _json(answer.body) if answer is not None and answer.status == 201 else {}
    # The answers to writes are only reported on: where the system drifted, the id may be anything.
    if isinstance(made.get("id"), str) and isinstance(made.get("@odata.etag"), str):
        place = f"{_CENTRAL_ORDERS}({made['id']})"
        for etag in ('W/"old"', made["@odata.etag"]):
            await c.call(
                "BC change", "PATCH", place, c.bearer(entity="mna", If_Match=etag), {"phoneNumber": "1"},
                expected=WRITES, good=True,
            )  # fmt: skip


async def stock(c: Caller) -> None:
    key = {"X-API-Key": c.world.key}
    await c.call(
        "stock by key", "GET", "/stock/v1/stock?material=PUMP-40", key, expected=frozenset({200, 429}), good=True
    )
    await c.call("open", "GET", "/directory/v1/companies", {"X-Entity": "mde"}, expected=frozenset({200}), good=True)


async def by_key(c: Caller) -> None:
    await c.call(
        "read by key", "GET", f"{SALES}/A_SalesOrder?$top=1", {"X-API-Key": c.world.reading_key}, expected=READS,
        good=True,
    )  # fmt: skip


async def other_methods(c: Caller) -> None:
    at = f"{SALES}/A_SalesOrder('4711')"
    await c.call("head", "HEAD", at, c.bearer(), expected=READS)
    await c.call("options", "OPTIONS", at, c.bearer(), expected=frozenset({200, 204, 429}))
    origin = c.random.choice(("https://shop.meridian.example", "https://elsewhere.test"))
    ask = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    await c.call("preflight", "OPTIONS", at, ask, expected=frozenset({200, 204, 403}))
    await c.call("method", "PUT", at, c.bearer(), {}, expected=frozenset({405}))


async def edi(c: Caller) -> None:
    """A small plan: too often, and too many at once. Answers of version 1.0 are only reported on, so any may come."""
    target = f"{SALES}/A_SalesOrder('4711')"
    others = [Caller(c.world, c.random.getrandbits(30)) for _ in range(4)]
    await asyncio.gather(
        *(o.call("edi", "GET", target, o.bearer("edi-hub", entity=""), expected=WRITES) for o in others)
    )
    for other in others:
        await other.line.hang_up()


async def pipeline(c: Caller) -> None:
    number, _ = _order(c)
    targets = [f"{SALES}/A_SalesOrder('{number}')", "/directory/v1/companies", f"{SALES}/A_SalesOrder?$top=2"]
    await c.several("pipelined", targets, c.bearer())


async def bad_credential(c: Caller) -> None:
    head = c.bearer()
    token = head["Authorization"]
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": token[:-40] + "A" * 40},
        {"Authorization": "Bearer soak-bad-token"},
        {"Authorization": f"Bearer {c.random.choice(c.world.bad_tokens)}"},
        {"X-API-Key": c.world.key[:-3] + "zzz"},
        {"Authorization": token, "X-API-Key": c.world.key},
        {"Authorization": "Basic c29hazpzb2Fr"},
    ]
    sent = {**c.random.choice(wrong), "X-Entity": "mde", "X-Forwarded-For": ABUSER}
    expected = frozenset({400, 401, 403, 429, 503})
    await c.call("bad credential", "GET", f"{SALES}/A_SalesOrder", sent, expected=expected)


async def refused(c: Caller) -> None:
    """What a gateway says no to, once the caller is known."""
    orders, four = f"{SALES}/A_SalesOrder", frozenset({400, 403, 404, 405, 406, 410, 413, 415, 429})
    shop = c.bearer()
    both = {**new_order("x"), "Colour": "red"}
    rows: list[tuple[str, str, dict[str, str], object | None]] = [
        ("GET", f"{orders}('4711')", {**shop, "X-Entity": "mna"}, None),
        ("GET", f"{orders}('4711')", {**shop, "X-Entity": "nowhere"}, None),
        ("GET", f"{SALES}/Nothing", shop, None),
        ("GET", "/unknown/v9/x", shop, None),
        ("GET", _CENTRAL_ORDERS, {"X-API-Key": c.world.key}, None),
        ("GET", "/stock/v1/stock?material=PUMP-40", {**shop, "API-Version": "1.0"}, None),
        ("DELETE", f"{orders}('4711')", {**shop, "If-Match": "*"}, None),
        ("POST", orders, shop, both),
        ("POST", orders, shop, {"SalesOrderType": 7}),
        ("POST", orders, shop, b'{"SalesOrderType": "OR", "SalesOrderType": "OR"}'),
        ("POST", orders, shop, b"[" * 100 + b"]" * 100),
        ("POST", orders, shop, b"\xef\xbb\xbf{}"),
        ("POST", orders, {**shop, "Content-Type": "text/xml"}, b"<a/>"),
        ("POST", orders, {**shop, "Content-Encoding": "gzip"}, b"\x1f\x8b"),
        ("POST", orders, shop, b" " * 1_200_000),
        ("GET", f"{orders}?$apply=x", shop, None),
        ("GET", f"{orders}?sap-client=200", shop, None),
        ("GET", f"{SALES}/%2e%2e/A_SalesOrder", shop, None),
        ("GET", f"{SALES}//A_SalesOrder", shop, None),
    ]
    method, target, headers, body = c.random.choice(rows)
    await c.call("refused", method, target, headers, body, expected=four)


async def by_wire(c: Caller) -> None:
    """Refused before a call exists: the gateway gives the id."""
    bad = c.random.choice((
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01 hello\r\n\r\n",
    ))  # fmt: skip
    await c.line.hang_up()
    await c.line.write(bad)
    _, _, outcome = c.made("wire", "GET", "/", {})
    await c.read("GET", outcome, time.monotonic(), by_wire=True)
    await c.line.hang_up()


async def broken_chunk(c: Caller) -> None:
    """A call begins and is refused on the wire: two lines, under two ids."""
    head = {**c.bearer(), "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    _, data, begun = c.made("broken chunk", "POST", f"{SALES}/A_SalesOrder", head)
    _, _, outcome = c.made("broken chunk", "POST", "/", {})
    begun.fate = "left"
    c.world.outcomes.append(begun)
    await c.line.hang_up()
    await c.line.write(data + b"5\r\n{    \r\nzz\r\n")
    await c.read("POST", outcome, time.monotonic(), by_wire=True)
    await c.line.hang_up()


async def leave(c: Caller) -> None:
    """Hang up: in the head, in the upload, while the system thinks, in the answer, over a write."""
    how = c.random.choice(("head", "upload", "read", "answer", "write", "write", "BC write"))
    at, shop, wait = f"{SALES}/A_SalesOrder", c.bearer(), c.random.choice((0.0, 0.005, 0.03, 0.2))
    if how == "head":
        await c.line.hang_up()
        await c.line.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-")
        await c.line.hang_up()
    elif how == "upload":
        _, data, outcome = c.made("left in upload", "POST", at, shop, json.dumps(new_order("x", 50)).encode())
        await c.leave(how, data[:-500], outcome, after=wait)
    elif how in ("read", "answer"):
        _, data, outcome = c.made(f"left in {how}", "GET", at, shop)
        await c.leave(how, data, outcome, after=wait, reading=20 if how == "answer" else 0)
    else:
        marker, order = _marker(c), {"customerNumber": "10000"}
        if how == "write":
            made = c.made("left over write", "POST", at, shop, new_order(marker))
        else:
            body = {**order, "externalDocumentNumber": marker}
            made = c.made("left over write", "POST", _CENTRAL_ORDERS, c.bearer(entity="mna"), body)
        await c.leave(how, made[1], made[2], after=wait, marker=marker)


MIX: tuple[tuple[int, Kind], ...] = (
    (22, read_order), (12, list_orders), (8, read_items), (6, create_order), (2, create_large), (1, upload_too_slow),
    (14, central_reads), (4, central_create), (5, stock), (3, by_key), (4, other_methods), (2, edi), (4, pipeline),
    (6, bad_credential), (8, refused), (2, by_wire), (1, broken_chunk), (7, leave),
)  # fmt: skip


async def go_on(c: Caller, until: float, pause: float) -> None:
    """Calls one after another, at random with a mean pause in seconds, until the monotonic time comes."""
    kinds, weights = [kind for _, kind in MIX], [weight for weight, _ in MIX]
    while time.monotonic() < until:
        await asyncio.sleep(c.random.expovariate(1 / pause))
        (kind,) = c.random.choices(kinds, weights)
        try:
            await kind(c)
        except OSError as error:
            c.world.wrong[f"{kind.__name__}: {type(error).__name__} while sending"] += 1
            await c.line.hang_up()
    await c.line.hang_up()
