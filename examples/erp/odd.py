"""What Tryton does that its contracts keep away, or cannot say: each asked directly and through the gateway."""

import base64
import json

from erp import Running
from served import Served

SALE = {
    "party": 2,
    "invoice_address": 1,
    "shipment_address": 1,
    "lines": [
        ["create", [{"product": 1, "quantity": 1, "unit": 1, "unit_price": {"__class__": "Decimal", "decimal": "1"}}]]
    ],
}
FREE = base64.urlsafe_b64encode(b'[["create_uid.login", "=", "admin"]]').decode()


def _sale(**changed: object) -> dict[str, object]:
    return {**SALE, **changed}


def _priced(price: object) -> dict[str, object]:
    return _sale(lines=[["create", [{"product": 1, "quantity": 1, "unit": 1, "unit_price": price}]]])


ROWS = (
    # what; api, method, path, body; Tryton's own status and form; the gateway's status and problem
    ("a model that there is not", "parties", "GET", "/no.model?s=1", None, "500 html", "404 not-found"),
    (
        "a record that there is not",
        "parties",
        "GET",
        "/party.party/999999",
        None,
        "404 html",
        "404 record-not-there",
    ),
    (
        "a member that there is not",
        "parties",
        "GET",
        "/party.party?s=1&f=nothing",
        None,
        "500 html",
        "400 request-violates-contract",
    ),
    (
        "who made a record",
        "parties",
        "GET",
        "/party.party?s=1&f=create_uid.login",
        None,
        "200 json",
        "400 request-violates-contract",
    ),
    ("another model altogether", "parties", "GET", "/res.user?s=9&f=login", None, "200 json", "404 not-found"),
    (
        "a condition on any field",
        "parties",
        "GET",
        f"/party.party?s=1&d={FREE}",
        None,
        "200 json",
        "400 request-violates-contract",
    ),
    ("a list without an end", "parties", "GET", "/party.party", None, "200 json", "400 request-violates-contract"),
    (
        "a size that is no number",
        "parties",
        "GET",
        "/party.party?s=many",
        None,
        "500 html",
        "400 request-violates-contract",
    ),
    (
        "a size below nothing: all",
        "parties",
        "GET",
        "/party.party?s=-1",
        None,
        "200 json",
        "400 request-violates-contract",
    ),
    (
        "an id past 64 bits",
        "parties",
        "GET",
        "/party.party/99999999999999999999",
        None,
        "500 html",
        "400 request-violates-contract",
    ),
    (
        "an id that is no number",
        "parties",
        "GET",
        "/party.party/first",
        None,
        "405 html",
        "400 request-violates-contract",
    ),
    ("a method that is not public", "sales", "POST", "/sale.sale/1/copy_all", {}, "403 html", "404 not-found"),
    ("a body that is a list", "sales", "POST", "/sale.sale", [1], "500 html", "400 request-violates-contract"),
    (
        "a member that there is not, sent",
        "sales",
        "POST",
        "/sale.sale",
        _sale(nothing=1),
        "500 html",
        "400 request-violates-contract",
    ),
    (
        "text for a record",
        "sales",
        "POST",
        "/sale.sale",
        _sale(party="first"),
        "500 html",
        "400 request-violates-contract",
    ),
    (
        "a party without a name",
        "parties",
        "POST",
        "/party.party",
        {"name": None},
        "200 json",
        "400 request-violates-contract",
    ),
    (
        "a NUL in a name",
        "parties",
        "POST",
        "/party.party",
        {"name": "a\0b"},
        "200 json",
        "400 request-violates-contract",
    ),
    (
        "a number for a name",
        "parties",
        "POST",
        "/party.party",
        {"name": 5},
        "200 json",
        "400 request-violates-contract",
    ),
    ("a price as a number", "sales", "POST", "/sale.sale", _priced(10.5), "200 json", "400 request-violates-contract"),
    (
        "a price that is no number",
        "sales",
        "POST",
        "/sale.sale",
        _priced({"__class__": "Decimal", "decimal": "NaN"}),
        "500 html",
        "400 request-violates-contract",
    ),
    (
        "a price that is a word",
        "sales",
        "POST",
        "/sale.sale",
        _priced({"__class__": "Decimal", "decimal": "ten"}),
        "400 html",
        "400 request-violates-contract",
    ),
    (
        "JSON-RPC on the address of REST",
        "sales",
        "POST",
        "/sale.sale",
        {"id": 1, "method": "x", "params": []},
        "200 json",
        "400 request-violates-contract",
    ),
    (
        "31 February",
        "sales",
        "POST",
        "/sale.sale",
        _sale(sale_date={"__class__": "date", "year": 2026, "month": 2, "day": 31}),
        "400 html",
        "422 system-rejected",
    ),
    ("a party that there is not", "sales", "POST", "/sale.sale", _sale(party=999999), "400 json", "400"),
    ("another party's address", "sales", "POST", "/sale.sale", _sale(invoice_address=3), "400 json", "400"),
    (
        "a product that there is not",
        "sales",
        "POST",
        "/sale.sale",
        _sale(
            lines=[
                [
                    "create",
                    [
                        {
                            "product": 999999,
                            "quantity": 1,
                            "unit": 1,
                            "unit_price": {"__class__": "Decimal", "decimal": "1"},
                        }
                    ],
                ]
            ]
        ),
        "400 json",
        "400",
    ),
    (
        "half a piece",
        "sales",
        "POST",
        "/sale.sale",
        _sale(
            lines=[
                [
                    "create",
                    [
                        {
                            "product": 1,
                            "quantity": 0.5,
                            "unit": 1,
                            "unit_price": {"__class__": "Decimal", "decimal": "1"},
                        }
                    ],
                ]
            ]
        ),
        "400 json",
        "400",
    ),
    ("the same sale again", "sales", "POST", "/sale.sale", _sale(), "200 json", "200"),
    (
        "a context of the caller's own",
        "parties",
        "GET",
        "/party.party?s=1",
        None,
        "200 json",
        "403 entity-selector-refused",
        {"X-Tryton-Context": base64.urlsafe_b64encode(b'{"company": 1, "_companies": [1, 2]}').decode()},
    ),
)


def oddities(erp: Running, served: Served) -> list[str]:
    """Prints the table; returns the rows that are not as stated."""
    faults = []
    for what, api, method, path, body, own, ours, *head in ROWS:
        more = head[0] if head else {}
        status, media, _ = erp.call(method, path, body, **more)
        direct = f"{status} {media.partition('/')[2]}"
        code, headers, held = served.call(method, f"/tryton-{api}/v1{path}", body, **more)
        through = f"{code}"
        if dict(headers).get(b"content-type") == b"application/problem+json":
            through += " " + json.loads(held)["type"].rpartition("/")[2]
        print(f"{what:36} {direct:10} {through}", flush=True)
        if (direct, through) != (own, ours):
            faults.append(f"{what}: Tryton {direct} (stated {own}), the gateway {through} (stated {ours})")
    return faults
