"""What works when all is well: reads, pages, writes and conditional writes, their effect seen at the system itself.

These are the tests that must fail with a fault of a system switched on.
"""

import hashlib
import json

from meridian import ORDER

from policies.put_in import put_in

FRENCH = 23
"""Orders of the company that shares the system."""
ANSWER_HEADERS = {
    "date", "content-type", "content-length", "etag", "location", "cache-control", "x-content-type-options", "vary",
    "x-correlation-id", "traceparent", "api-version", "ratelimit", "ratelimit-policy", "dataserviceversion",
    "odata-version", "link", "deprecation", "sunset", "tidewaiter-served",
}  # fmt: skip


def conforms(told, status):
    """Whole and clean: nothing was let through, nothing came along."""
    assert (told.status, told.problem) == (status, ""), told.body[:300]
    assert set(told.headers) <= ANSWER_HEADERS
    assert told.leaks() == []
    line = told.line
    assert (line["status"], line["end"], line["consumer"]) == (status, "complete", "webshop")
    assert "problem" not in line
    assert "contract" not in line
    return told.json


def test_an_order_of_s4_is_read(s4):
    order = conforms(s4.read(), 200)["d"]

    assert (order["SalesOrder"], order["TotalNetAmount"]) == ("4711", "911.00")
    told = s4.call("GET", s4.read().leads(order["__metadata"]["uri"]))
    assert conforms(told, 200)["d"]["SalesOrder"] == "4711"


def test_items_of_s4_are_read_by_composite_keys(s4):
    item = conforms(s4.call("GET", "A_SalesOrderItem(SalesOrderItem='10',SalesOrder='4711')"), 200)["d"]

    assert (item["SalesOrder"], item["SalesOrderItem"]) == ("4711", "10")
    told = s4.call("GET", "A_SalesOrder('4711')/to_Item")
    assert "10" in [each["SalesOrderItem"] for each in conforms(told, 200)["d"]["results"]]


def test_all_pages_of_s4_are_reached_by_their_links(s4):
    told = s4.call("GET", "A_SalesOrder?$inlinecount=allpages")
    page = conforms(told, 200)["d"]
    numbers = [row["SalesOrder"] for row in page["results"]]
    while "__next" in page:
        told = s4.call("GET", told.leads(page["__next"]))
        page = conforms(told, 200)["d"]
        numbers += [row["SalesOrder"] for row in page["results"]]

    assert 50 < len(numbers) == len(set(numbers)) == int(page["__count"]) <= s4.orders()


def test_an_order_is_placed_once_at_s4(s4):
    before = s4.orders()

    told = s4.write()

    order = conforms(told, 201)["d"]
    assert (told.line["effect"], s4.orders()) == ("applied", before + 1)
    (sent,) = [asked for asked in s4.requests() if asked["method"] == "POST"]
    asked_body = put_in(json.dumps(ORDER).encode(), {"SalesOrganization": "1710"})
    assert sent["body_sha256"] == hashlib.sha256(asked_body).hexdigest()
    names = {name for name, _ in sent["headers"]}
    assert {"x-csrf-token", "cookie", "authorization"} <= names
    assert names & {"x-entity", "x-api-key", "forwarded", "x-forwarded-for"} == set()
    assert "sap-client=100" in sent["target"]
    read = s4.call("GET", told.leads(told.headers["location"]))
    assert conforms(read, 200)["d"]["SalesOrder"] == order["SalesOrder"]


def test_an_order_of_s4_is_changed_on_the_state_that_was_read(s4):
    placed = s4.write()
    path, etag = placed.leads(placed.headers["location"]), placed.headers["etag"]
    change = {"PurchaseOrderByCustomer": "PO-2"}

    assert s4.call("PATCH", path, change).status == 428
    assert s4.call("PATCH", path, change, If_Match='W/"1"').status == 412
    assert conforms(s4.call("GET", path), 200)["d"]["PurchaseOrderByCustomer"] == "PO-1"
    changed = s4.call("PATCH", path, change, If_Match=etag)
    assert conforms(changed, 204) is None
    assert changed.line["effect"] == "applied"
    assert conforms(s4.call("GET", path), 200)["d"]["PurchaseOrderByCustomer"] == "PO-2"


def test_what_s4_refuses_is_told_in_its_words_without_its_name(s4):
    before = s4.orders()

    told = s4.write(SoldToParty="17100099")

    assert told.status == 400
    assert "credit" in told.body.decode().lower()
    assert told.leaks() == []
    assert (told.line["effect"], s4.orders()) == ("none", before)


def test_orders_of_business_central_are_read(bc):
    told = bc.read()
    page = conforms(told, 200)

    assert len(page["value"]) == 3
    assert page["@odata.context"] == f"{bc.meridian.fleet.url}/business-central/v2/$metadata#salesOrders"
    first = page["value"][0]
    one = conforms(bc.call("GET", f"salesOrders({first['id']})"), 200)
    assert (one["id"], one["number"]) == (first["id"], first["number"])


def test_all_pages_of_business_central_are_reached_by_their_links(bc):
    told = bc.call("GET", "salesOrders?$top=45")
    page = conforms(told, 200)
    numbers = [row["number"] for row in page["value"]]
    while "@odata.nextLink" in page:
        told = bc.call("GET", told.leads(page["@odata.nextLink"]))
        page = conforms(told, 200)
        numbers += [row["number"] for row in page["value"]]

    assert len(numbers) == len(set(numbers)) == 45


def test_an_order_is_placed_once_at_business_central(bc):
    before = bc.orders()

    told = bc.write()

    order = conforms(told, 201)
    assert (told.line["effect"], bc.orders()) == ("applied", before + 1)
    (sent,) = [dict(asked["headers"]) for asked in bc.requests() if asked["method"] == "POST"]
    assert sent["authorization"].startswith("Bearer ")
    assert set(sent) & {"cookie", "x-csrf-token", "x-entity"} == set()
    read = bc.call("GET", told.leads(told.headers["location"]))
    assert conforms(read, 200)["number"] == order["number"]


def test_an_order_of_business_central_is_changed_on_the_state_that_was_read(bc):
    placed = bc.write()
    path, etag = placed.leads(placed.headers["location"]), placed.json["@odata.etag"]

    changed = bc.call("PATCH", path, {"externalDocumentNumber": "PO-2"}, If_Match=etag)

    assert conforms(changed, 200)["externalDocumentNumber"] == "PO-2"
    late = bc.call("PATCH", path, {"externalDocumentNumber": "PO-3"}, If_Match=etag)
    assert (late.status, late.line["effect"]) == (409, "none")
    assert conforms(bc.call("GET", path), 200)["externalDocumentNumber"] == "PO-2"


def test_one_token_serves_many_calls(bc):
    issued = bc.control("state")["tokens_issued"]

    for _ in range(5):
        assert bc.read().status == 200
    assert bc.control("state")["tokens_issued"] == issued
    assert "/token" not in [asked["target"] for asked in bc.requests()]
