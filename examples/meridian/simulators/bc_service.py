"""The API v2.0 of Business Central: companies and what is in them, read, made, changed and deleted."""

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlencode

from bc_model import (
    COMPANY,
    CUSTOMER,
    ITEM,
    LINE,
    ORDER,
    SETS,
    etag,
    moment,
    new_row,
    priced_line,
    totals,
    written,
)
from entity_type import EntityType, InvalidValueError
from message import Ask, Headers
from rows import Row, Rows
from selection import OptionError, Selected, chosen_names, expanded_names, select_rows

_SEGMENT = re.compile(r"(?P<name>[A-Za-z.]+)(?:\((?P<key>[^()]*)\))?")
_WEAK = re.compile(r'W/"[A-Za-z0-9+/]+=*"')
_ACTION = "Microsoft.NAV.shipAndInvoice"


class BusinessError(Exception):
    """What is answered as `{"error": {"code", "message"}}`."""

    def __init__(self, status: int, code: str, text: str, headers: Headers | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.headers = status, code, text, headers or []


@dataclass(slots=True)
class Made:
    """Status and value of an answer."""

    status: int
    value: Any = None
    headers: Headers = field(default_factory=list)


@dataclass(slots=True)
class Company:
    """One request's view of the API. `base` is the address by which it names itself."""

    rows: Rows
    base: str
    page_size: int

    def serve(self, ask: Ask, path: str) -> Made:
        """Raises BusinessError."""
        try:
            return self._at(ask, [_segment(unquote(part)) for part in path.strip("/").split("/")])
        except OptionError as error:
            raise BusinessError(400, "BadRequest", str(error)) from error
        except InvalidValueError as error:
            raise BusinessError(400, "Application_StringExceededLength", str(error)) from error

    def _at(self, ask: Ask, segments: list[tuple[str, str | None]]) -> Made:
        name, key = segments[0]
        if name == "":
            sets = [{"name": n, "kind": "EntitySet", "url": n} for n in (COMPANY.name, *SETS)]
            return Made(200, {"@odata.context": f"{self.base}/$metadata", "value": sets})
        if name != COMPANY.name:
            raise _not_found(name)
        if key is None:
            _only(ask, "GET")
            return self._page(ask, COMPANY, "", COMPANY.name)
        company = self._row(COMPANY, key, "")
        if len(segments) == 1:
            _only(ask, "GET")
            return self._one(ask, COMPANY, company, COMPANY.name)
        name, key = segments[1]
        of = SETS.get(name)
        if of is None:
            raise _not_found(name)
        at = f"{COMPANY.name}({company['id']})/{of.name}"
        if key is None:
            _only(ask, "GET", "POST")
            return (
                self._page(ask, of, company["id"], at) if ask.method != "POST" else self._create(ask, of, company, at)
            )
        row = self._row(of, key, company["id"])
        if len(segments) == 2:
            return self._on_row(ask, of, row, at)
        if of is not ORDER or len(segments) > 3:
            raise _not_found(segments[2][0])
        return self._below(ask, row, segments[2], f"{at}({row['id']})")

    def _on_row(self, ask: Ask, of: EntityType, row: Row, at: str) -> Made:
        _only(ask, "GET", "PATCH", "DELETE")
        if ask.method in ("GET", "HEAD"):
            return self._one(ask, of, row, at)
        _precondition(ask, row)
        if ask.method == "DELETE":
            with self.rows.together():
                for line in self.rows.under(LINE.name, row["id"]):
                    self.rows.remove(LINE.name, line["id"])
                self.rows.remove(of.name, row["id"])
            return Made(204)
        values = _writable(of, _posted(ask), creating=False)
        if of is ORDER:
            values.update(self._customer_of(values, self._company_of(row)) if _names_customer(values) else {})
        changed = {**row, **values, "lastModifiedDateTime": moment()}
        if of is ORDER:
            changed.update(totals(self.rows.under(LINE.name, row["id"]), changed["discountAmount"]))
        return self._one(ask, of, self.rows.change(of.name, row["id"], changed), at)

    def _below(self, ask: Ask, order: Row, segment: tuple[str, str | None], at: str) -> Made:
        name, key = segment
        if name == _ACTION and key is None:
            _only(ask, "POST")
            if order["fullyShipped"]:
                raise BusinessError(400, "Application_DialogException", "There is nothing to post")
            changed = {**order, "fullyShipped": True, "status": "Open", "lastModifiedDateTime": moment()}
            self.rows.change(ORDER.name, order["id"], changed)
            return Made(204)
        if name != LINE.name:
            raise _not_found(name)
        if key is not None:
            _only(ask, "GET")
            return self._one(ask, LINE, self._row(LINE, key, order["id"]), f"{at}/{LINE.name}")
        _only(ask, "GET", "POST")
        if ask.method != "POST":
            return self._page(ask, LINE, order["id"], f"{at}/{LINE.name}")
        with self.rows.together():
            line = self._insert_line(order, _posted(ask), self._company_of(order))
            self._total(order)
        where = f"{self.base}/{at}/{LINE.name}({line['id']})"
        return Made(
            201, self._single(ask, LINE, line, f"{at}/{LINE.name}"), [("location", where), ("etag", etag(line))]
        )

    def _page(self, ask: Ask, of: EntityType, parent: str, at: str) -> Made:
        asked = re.search(r"odata\.maxpagesize=(\d{1,6})", ask.header("prefer"))
        size = min(int(asked[1]) or 1, self.page_size) if asked else self.page_size
        selected = select_rows(self.rows.under(of.name, parent), of, ask.query, size)
        chosen = chosen_names(ask.query.get("$select", ""), of)
        shape = f"({','.join(sorted(chosen))})" if chosen else ""
        value: dict[str, Any] = {"@odata.context": f"{self.base}/$metadata#{at}{shape}"}
        if ask.query.get("$count") == "true":
            value["@odata.count"] = selected.total
        value["value"] = [self._entity(ask, of, row) for row in selected.rows]
        if selected.next_skip is not None:
            value["@odata.nextLink"] = self._next(ask, at, selected)
        return Made(200, value)

    def _next(self, ask: Ask, at: str, selected: Selected) -> str:
        kept = {k: v for k, v in ask.query.items() if k != "$skiptoken"}
        kept["$skiptoken"] = str(selected.next_skip)
        options = urlencode(kept, safe="$,'()", quote_via=quote)
        return f"{self.base}/{at}?{options}"

    def _one(self, ask: Ask, of: EntityType, row: Row, at: str) -> Made:
        if ask.method == "GET" and ask.header("if-none-match") == etag(row):
            return Made(304, None, [("etag", etag(row))])
        return Made(200, self._single(ask, of, row, at), [("etag", etag(row))])

    def _single(self, ask: Ask, of: EntityType, row: Row, at: str) -> dict[str, Any]:
        return {"@odata.context": f"{self.base}/$metadata#{at}/$entity", **self._entity(ask, of, row)}

    def _entity(self, ask: Ask, of: EntityType, row: Row) -> dict[str, Any]:
        expandable = (LINE.name, "customer") if of is ORDER else ()
        chosen = chosen_names(ask.query.get("$select", ""), of)
        expanded = expanded_names(ask.query.get("$expand", ""), of, expandable)
        entity: dict[str, Any] = {"@odata.etag": etag(row)}
        entity.update({p.name: written(row.get(p.name), p) for p in of.properties if not chosen or p.name in chosen})
        plain = Ask("GET", "/", [])
        if LINE.name in expanded:
            entity[LINE.name] = [self._entity(plain, LINE, line) for line in self.rows.under(LINE.name, row["id"])]
        if "customer" in expanded:
            same = self.rows.parent_of(CUSTOMER.name, row["customerId"]) == self._company_of(row)
            customer = self.rows.get(CUSTOMER.name, row["customerId"]) if same else None
            entity["customer"] = self._entity(plain, CUSTOMER, customer) if customer else None
        return entity

    def _create(self, ask: Ask, of: EntityType, company: Row, at: str) -> Made:
        given = _posted(ask)
        lines = given.pop(LINE.name, []) if of is ORDER else []
        values = _writable(of, given, creating=True)
        row = new_row(of, {**values, "id": str(uuid.uuid4()), "lastModifiedDateTime": moment()})
        held = self.rows.under(of.name, company["id"])
        if of is ORDER:
            today = datetime.now(UTC).date().isoformat()
            row.update(self._customer_of(values, company["id"]))
            row["number"] = f"S-ORD{max([int(r['number'][5:]) for r in held], default=101000) + 1}"
            row["orderDate"], row["postingDate"] = row["orderDate"] or today, row["postingDate"] or today
        elif not row["displayName"]:
            raise BusinessError(400, "Application_FieldValidationException", "The display name must be filled in")
        elif not row["number"]:
            row["number"] = f"{of.name[0].upper()}{len(held) + 1:05d}"
        elif any(r["number"] == row["number"] for r in held):
            text = "The record already exists: its number is taken"
            raise BusinessError(409, "Internal_EntityWithSameKeyExists", text)
        with self.rows.together():
            self.rows.add(of.name, row["id"], company["id"], row)
            for line in lines:
                self._insert_line(row, line, company["id"])
            made = self._total(row) if of is ORDER else self.rows.get(of.name, row["id"])
        assert made is not None
        where = [("location", f"{self.base}/{at}({made['id']})"), ("etag", etag(made))]
        return Made(201, self._single(ask, of, made, at), where)

    def _insert_line(self, order: Row, given: Any, company: str) -> Row:
        if not isinstance(given, dict):
            raise BusinessError(400, "BadRequest", "A line is an object")
        values = _writable(LINE, given, creating=True)
        items = self.rows.under(ITEM.name, company)
        asked = values.get("itemId"), values.get("lineObjectNumber")
        item = next((i for i in items if i["id"] == asked[0] or (asked[1] and i["number"] == asked[1])), None)
        if item is None:
            raise BusinessError(400, "Application_FieldValidationException", "The item of the line does not exist")
        held = self.rows.under(LINE.name, order["id"])
        sequence = max((int(line["sequence"]) for line in held), default=0) + 10000
        quantity = Decimal(values.get("quantity") or "1")
        line = priced_line(order["id"], sequence, item, quantity, values)
        return self.rows.add(LINE.name, line["id"], order["id"], line)

    def _total(self, order: Row) -> Row:
        held = self.rows.get(ORDER.name, order["id"])
        assert held is not None
        amounts = totals(self.rows.under(LINE.name, order["id"]), held["discountAmount"])
        return self.rows.change(ORDER.name, order["id"], {**held, **amounts, "lastModifiedDateTime": moment()})

    def _customer_of(self, values: Row, company: str) -> Row:
        for customer in self.rows.under(CUSTOMER.name, company):
            if values.get("customerId") == customer["id"] or values.get("customerNumber") == customer["number"]:
                if customer["blocked"] == "All":
                    text = "You cannot create this type of document when the customer is blocked with type All"
                    raise BusinessError(400, "Application_DialogException", text)
                return {
                    "customerId": customer["id"],
                    "customerNumber": customer["number"],
                    "customerName": customer["displayName"],
                    "currencyCode": values.get("currencyCode") or customer["currencyCode"],
                    "email": values.get("email") or customer["email"],
                }
        raise BusinessError(400, "Application_FieldValidationException", "The customer does not exist")

    def _company_of(self, order: Row) -> str:
        company = self.rows.parent_of(ORDER.name, order["id"])
        if company is None:
            raise _not_found(ORDER.name)
        return company

    def _row(self, of: EntityType, key: str, parent: str) -> Row:
        try:
            wanted = str(uuid.UUID(key.partition("=")[2] or key))
        except ValueError as error:
            raise BusinessError(400, "BadRequest", "The key in the path is no GUID") from error
        # A record of another company is not there for this one.
        row = self.rows.get(of.name, wanted) if self.rows.parent_of(of.name, wanted) == parent else None
        if row is not None:
            return row
        if of is COMPANY:
            raise BusinessError(404, "Internal_CompanyNotFound", f"Cannot find company on {self.base}")
        raise BusinessError(404, "Internal_RecordNotFound", "The record is not there")


def _segment(text: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(text)
    if found is None:
        if not text:
            return "", None
        raise _not_found(text.partition("(")[0])
    return found["name"], found["key"]


def _not_found(name: str) -> BusinessError:
    text = f"Resource not found for the segment '{re.sub(r'[^A-Za-z.]', '', name)[:40]}'."
    return BusinessError(404, "BadRequest_ResourceNotFound", text)


def _only(ask: Ask, *methods: str) -> None:
    if ask.method not in (*methods, "HEAD"):
        allow = [("allow", ", ".join(methods))]
        raise BusinessError(405, "BadRequest_MethodNotAllowed", "The method is not allowed here", allow)


def _precondition(ask: Ask, row: Row) -> None:
    given = ask.header("if-match")
    if not given:
        raise BusinessError(400, "BadRequest_RequiredParamNotProvided", "The header If-Match is missing")
    if given in ("*", etag(row)):
        return
    if not _WEAK.fullmatch(given):
        raise BusinessError(412, "BadRequest_InvalidToken", "The header If-Match holds no tag of this record")
    text = "Another user has already changed the record"
    raise BusinessError(409, "Request_EntityChanged", text)


def _names_customer(values: Row) -> bool:
    return bool(values.get("customerId") or values.get("customerNumber"))


def _posted(ask: Ask) -> dict[str, Any]:
    if not ask.header("content-type").startswith("application/json"):
        raise BusinessError(415, "BadRequest", "The content type is not supported")
    try:
        value = json.loads(ask.body)
    except ValueError as error:
        raise BusinessError(400, "BadRequest", "The content cannot be read as JSON") from error
    if not isinstance(value, dict):
        raise BusinessError(400, "BadRequest", "The content is no object")
    return value


def _writable(of: EntityType, given: dict[str, Any], *, creating: bool) -> Row:
    values: Row = {}
    for name, value in given.items():
        if name.startswith("@"):
            continue
        found = of.named(name)
        if found is None:
            shown = re.sub("[^A-Za-z0-9_]", "", name)[:40]
            text = f"The property '{shown}' does not exist on type 'Microsoft.NAV.{of.name[:-1]}'"
            raise BusinessError(400, "BadRequest", text)
        if found.writable == "always" or (creating and found.writable == "create"):
            values[name] = found.checked(value)
        else:
            raise BusinessError(400, "Application_FieldValidationException", f"The property '{name}' is read-only")
    return values
