"""The service `API_SALES_ORDER_SRV`: reads, creates, changes and deletes sales orders and their items."""

import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlencode
from xml.sax.saxutils import escape

from entity_type import EntityType, InvalidValueError
from message import Ask, Headers, Reply, json_reply
from rows import Row, Rows
from s4_model import (
    BLOCKED_CUSTOMER,
    CUSTOMERS,
    ITEM,
    LINKS,
    NAMESPACE,
    ORDER,
    ORGANIZATIONS,
    REQUIRED,
    SERVICE,
    TYPES,
    etag,
    item_key,
    new_item,
    now_text,
    read,
    written,
)
from selection import OptionError, Selected, chosen_names, expanded_names, select_rows

_SEGMENT = re.compile(r"(?P<name>[A-Za-z_]+)(?:\((?P<keys>.*)\))?", re.DOTALL)
_KEY = re.compile(r"(?:(?P<name>[A-Za-z]+)=)?'(?P<value>(?:[^']|'')*)'(?:,|$)", re.DOTALL)
_NOT_FOUND = ("/IWBEP/CM_MGW_RT/020", "Resource not found for segment '{}'")


class ODataError(Exception):
    """What is answered in the system's own error form."""

    def __init__(self, status: int, code: str, text: str, headers: Headers | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.headers = status, code, text, headers or []


def error_reply(error: ODataError, origin: str) -> Reply:
    """The error body of SAP Gateway; its inner part tells more than a caller should see."""
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S.%f0")
    inner = {
        "application": {
            "component_id": "SD-SLS-API",
            "service_namespace": "/SAP/",
            "service_id": NAMESPACE,
            "service_version": "0001",
        },
        "transactionid": secrets.token_hex(16).upper(),
        "timestamp": moment,
        "Error_Resolution": {
            "SAP_Transaction": f"Run transaction /IWFND/ERROR_LOG on {origin} and look for the time stamp above",
            "SAP_Note": "See the note for error analysis of the gateway's administrator",
        },
        "errordetails": [
            {
                "code": error.code,
                "message": error.text,
                "propertyref": "",
                "severity": "error",
                "transition": False,
                "target": "",
            }
        ],
    }
    body = {"code": error.code, "message": {"lang": "en", "value": error.text}, "innererror": inner}
    return json_reply(error.status, {"error": body}, error.headers)


@dataclass(slots=True)
class Answered:
    """The value under `d`, or none."""

    status: int
    value: Any = None
    headers: Headers = field(default_factory=list)

    def reply(self, ask: Ask) -> Reply:
        """As JSON where it was asked for, else in Atom, which is this system's own choice."""
        if self.value is None:
            return Reply(self.status, self.headers)
        accept = ask.header("accept")
        if ask.query.get("$format") == "json" or "json" in accept:
            return json_reply(self.status, {"d": self.value}, self.headers)
        if "$format" in ask.query and ask.query["$format"] != "atom":
            raise ODataError(406, "/IWFND/CM_MGW/406", "The requested format is not supported")
        text = escape(json.dumps(self.value, ensure_ascii=False))
        feed = f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><content>{text}</content></feed>'
        return Reply(
            self.status, [("content-type", "application/atom+xml; charset=utf-8"), *self.headers], feed.encode()
        )


@dataclass(slots=True)
class SalesOrders:
    """One request's view of the service. `base` is the address by which it names itself."""

    rows: Rows
    base: str
    page_size: int
    link_suffix: str = ""

    def serve(self, method: str, ask: Ask) -> Answered:
        """Raises ODataError."""
        path = ask.target.partition("?")[0][len(SERVICE) :].strip("/")
        try:
            if not path:
                return Answered(200, {"EntitySets": sorted(TYPES)})
            return self._at(method, ask, [unquote(part) for part in path.split("/")])
        except (OptionError, InvalidValueError) as error:
            raise ODataError(400, "/IWBEP/CM_MGW_RT/021", str(error)) from error

    def _at(self, method: str, ask: Ask, segments: list[str]) -> Answered:
        of, keys = _segment(segments[0])
        if keys is None:
            if len(segments) > 1:
                raise ODataError(400, "/IWBEP/CM_MGW_RT/004", "Invalid key predicate type")
            return self._set(method, ask, of, "")
        row = self._row(of, keys)
        if len(segments) == 1:
            return self._one(method, ask, of, row)
        target = LINKS[of.name].get(segments[1])
        if target is None or len(segments) > 2:
            code, text = _NOT_FOUND
            raise ODataError(404, code, text.format(segments[-1]))
        if target is ITEM:
            return self._set(method, ask, ITEM, row["SalesOrder"])
        return self._one(method, ask, ORDER, self._row(ORDER, {"": row["SalesOrder"]}))

    def _row(self, of: EntityType, keys: dict[str, str]) -> Row:
        if of is ITEM:
            if set(keys) != {"SalesOrder", "SalesOrderItem"}:
                raise ODataError(400, "/IWBEP/CM_MGW_RT/004", "Invalid key predicate type")
            found = self.rows.get(ITEM.name, item_key(keys["SalesOrder"], keys["SalesOrderItem"]))
        else:
            if len(keys) != 1 or not set(keys) <= {"", "SalesOrder"}:
                raise ODataError(400, "/IWBEP/CM_MGW_RT/004", "Invalid key predicate type")
            # The leading zeros of the internal form are not part of the number.
            found = self.rows.get(ORDER.name, next(iter(keys.values())).lstrip("0"))
        if found is None:
            code, text = _NOT_FOUND
            raise ODataError(404, code, text.format(f"{of.name}Type"))
        return found

    def _set(self, method: str, ask: Ask, of: EntityType, order: str) -> Answered:
        if method in ("GET", "HEAD"):
            rows = self.rows.under(of.name, order) if order or of is ORDER else self._all_items()
            return Answered(200, self._page(ask, of, select_rows(rows, of, ask.query, self.page_size)))
        if method == "POST" and of is ORDER:
            return self._create(_posted(ask))
        if method == "POST" and order:
            return self._add_item(order, _posted(ask))
        raise ODataError(405, "/IWFND/CM_MGW/405", "The method is not allowed here", [("allow", "GET, POST")])

    def _all_items(self) -> list[Row]:
        return [
            item
            for order in self.rows.under(ORDER.name, "")
            for item in self.rows.under(ITEM.name, order["SalesOrder"])
        ]

    def _page(self, ask: Ask, of: EntityType, selected: Selected) -> dict[str, Any]:
        query = ask.query
        page: dict[str, Any] = {"results": [self._entity(of, row, query) for row in selected.rows]}
        if query.get("$inlinecount") == "allpages":
            page = {"__count": str(selected.total), **page}
        if selected.next_skip is not None:
            kept = {k: v for k, v in query.items() if k not in ("$skiptoken", "sap-client")}
            if self.link_suffix:
                kept["sap-client"] = self.link_suffix.rpartition("=")[2]
            kept["$skiptoken"] = str(selected.next_skip)
            path = quote(unquote(ask.target.partition("?")[0])[len(SERVICE) :], safe="/()=,'")
            options = urlencode(kept, safe="$,'()", quote_via=quote)
            page["__next"] = f"{self.base}{path}?{options}"
        return page

    def _one(self, method: str, ask: Ask, of: EntityType, row: Row) -> Answered:
        if method in ("GET", "HEAD"):
            headers = [("etag", etag(row))] if of is ORDER else []
            if headers and ask.header("if-none-match") == headers[0][1]:
                return Answered(304, None, headers)
            return Answered(200, self._entity(of, row, ask.query), headers)
        if method not in ("PATCH", "MERGE", "PUT", "DELETE"):
            allow = [("allow", "GET, PATCH, MERGE, PUT, DELETE")]
            raise ODataError(405, "/IWFND/CM_MGW/405", "The method is not allowed here", allow)
        header = row if of is ORDER else self._row(ORDER, {"": row["SalesOrder"]})
        _precondition(ask, header)
        with self.rows.together():
            if method == "DELETE":
                self._delete(of, row)
            else:
                self._change(of, row, _posted(ask))
            self._touch(str(header["SalesOrder"]))
        return Answered(204)

    def _create(self, given: dict[str, Any]) -> Answered:
        items = given.pop("to_Item", [])
        items = items.get("results", []) if isinstance(items, dict) else items
        header = {p.name: p.default for p in ORDER.properties}
        header.update(_writable(ORDER, given, creating=True))
        for name in REQUIRED:
            if not header.get(name):
                raise ODataError(400, "V1/045", f"Enter a value for {name}")
        if header["SoldToParty"] == BLOCKED_CUSTOMER:
            raise ODataError(400, "V1/849", "The credit limit of the customer is exceeded: order not created")
        organization = header["SalesOrganization"]
        if organization not in ORGANIZATIONS:
            raise ODataError(400, "VP/204", f"Sales organization {organization} is not defined")
        if header["SoldToParty"] not in CUSTOMERS or not header["SoldToParty"].startswith(organization):
            raise ODataError(400, "VP/199", f"The sold-to party is not maintained for sales area {organization} 10 00")
        number = str(max([int(row["SalesOrder"]) for row in self.rows.under(ORDER.name, "")], default=4710) + 1)
        today = datetime.now(UTC).date().isoformat()
        header.update(
            SalesOrder=number, CreationDate=today, CreatedByUser="TIDEWAITER", LastChangeDateTime=now_text(),
            OverallSDProcessStatus="A", OverallDeliveryStatus="A", TotalNetAmount="0.00",
        )  # fmt: skip
        for name in ("SalesOrderDate", "RequestedDeliveryDate"):
            header[name] = header[name] or today
        with self.rows.together():
            self.rows.add(ORDER.name, number, "", header)
            for item in items:
                self._insert_item(number, item)
            made = self._touch(number)
        location = ("location", f"{self.base}/{ORDER.name}('{number}')")
        value = self._entity(ORDER, made, {"$expand": "to_Item"} if items else {})
        return Answered(201, value, [location, ("etag", etag(made))])

    def _add_item(self, order: str, given: dict[str, Any]) -> Answered:
        with self.rows.together():
            item = self._insert_item(order, given)
            self._touch(order)
        return Answered(201, self._entity(ITEM, item, {}), [("location", self._uri(ITEM, item))])

    def _insert_item(self, order: str, given: Any) -> Row:
        if not isinstance(given, dict):
            raise ODataError(400, "/IWBEP/CM_MGW_RT/021", "An item is an object")
        values = _writable(ITEM, given, creating=True)
        held = self.rows.under(ITEM.name, order)
        position = max((int(item["SalesOrderItem"]) for item in held), default=0) + 10
        quantity = Decimal(values.get("RequestedQuantity") or "1")
        if quantity <= 0:
            raise ODataError(400, "V1/384", "Enter a quantity greater than zero")
        row = new_item(order, position, str(values.get("Material", "")), quantity)
        row.update({k: v for k, v in values.items() if k in ("SalesOrderItemText", "ProductionPlant") and v})
        return self.rows.add(ITEM.name, item_key(order, str(position)), order, row)

    def _change(self, of: EntityType, row: Row, given: dict[str, Any]) -> None:
        values = _writable(of, given, creating=False)
        if of is ITEM and "RequestedQuantity" in values:
            item = new_item("", 0, row["Material"], Decimal(values["RequestedQuantity"] or "1"))
            values["NetAmount"] = item["NetAmount"]
        key = row["SalesOrder"] if of is ORDER else item_key(row["SalesOrder"], row["SalesOrderItem"])
        self.rows.change(of.name, key, {**row, **values})

    def _delete(self, of: EntityType, row: Row) -> None:
        if row.get("OverallDeliveryStatus", row.get("SDProcessStatus")) == "C":
            raise ODataError(400, "V1/494", "The document has subsequent documents and cannot be deleted")
        if of is ITEM:
            self.rows.remove(ITEM.name, item_key(row["SalesOrder"], row["SalesOrderItem"]))
            return
        for item in self.rows.under(ITEM.name, row["SalesOrder"]):
            self.rows.remove(ITEM.name, item_key(item["SalesOrder"], item["SalesOrderItem"]))
        self.rows.remove(ORDER.name, row["SalesOrder"])

    def _touch(self, order: str) -> Row:
        """The order's total and time of change after a change of anything in it."""
        row = self.rows.get(ORDER.name, order)
        if row is None:
            return {}
        total = sum((Decimal(item["NetAmount"]) for item in self.rows.under(ITEM.name, order)), Decimal("0.00"))
        return self.rows.change(
            ORDER.name, order, {**row, "TotalNetAmount": str(total), "LastChangeDateTime": now_text()}
        )

    def _uri(self, of: EntityType, row: Row) -> str:
        if of is ORDER:
            return f"{self.base}/{of.name}('{row['SalesOrder']}')"
        return f"{self.base}/{of.name}(SalesOrder='{row['SalesOrder']}',SalesOrderItem='{row['SalesOrderItem']}')"

    def _entity(self, of: EntityType, row: Row, query: dict[str, str]) -> dict[str, Any]:
        links = tuple(LINKS[of.name])
        chosen = chosen_names(query.get("$select", ""), of, links)
        expanded = expanded_names(query.get("$expand", ""), of, links)
        about = {"id": self._uri(of, row), "uri": self._uri(of, row), "type": f"{NAMESPACE}.{of.name}Type"}
        if of is ORDER:
            about["etag"] = etag(row)
        entity: dict[str, Any] = {"__metadata": about}
        entity.update({p.name: written(row.get(p.name), p) for p in of.properties if not chosen or p.name in chosen})
        for name in links:
            if name in expanded:
                entity[name] = self._linked(of, row)
            elif not chosen or name in chosen:
                entity[name] = {"__deferred": {"uri": f"{self._uri(of, row)}/{name}"}}
        return entity

    def _linked(self, of: EntityType, row: Row) -> dict[str, Any]:
        if of is ITEM:
            return self._entity(ORDER, self._row(ORDER, {"": row["SalesOrder"]}), {})
        return {"results": [self._entity(ITEM, item, {}) for item in self.rows.under(ITEM.name, row["SalesOrder"])]}


def _segment(text: str) -> tuple[EntityType, dict[str, str] | None]:
    found = _SEGMENT.fullmatch(text)
    if found is None or found["name"] not in TYPES:
        code, message = _NOT_FOUND
        raise ODataError(404, code, message.format(text.partition("(")[0]))
    if found["keys"] is None:
        return TYPES[found["name"]], None
    keys: dict[str, str] = {}
    place = 0
    while place < len(found["keys"]):
        key = _KEY.match(found["keys"], place)
        if key is None:
            raise ODataError(400, "/IWBEP/CM_MGW_RT/004", "Invalid key predicate type")
        keys[key["name"] or ""] = key["value"].replace("''", "'")
        place = key.end()
    return TYPES[found["name"]], keys


def _precondition(ask: Ask, header: Row) -> None:
    given = ask.header("if-match")
    if not given:
        raise ODataError(428, "/IWFND/CM_MGW/428", "Precondition required: send If-Match")
    if given not in ("*", etag(header)):
        raise ODataError(412, "/IWFND/CM_MGW/412", "Precondition failed: the document was changed by another user")


def _posted(ask: Ask) -> dict[str, Any]:
    if not ask.header("content-type").startswith("application/json"):
        raise ODataError(415, "/IWFND/CM_MGW/415", "The format of the content is not supported")
    try:
        value = json.loads(ask.body)
    except ValueError as error:
        raise ODataError(400, "/IWBEP/CM_MGW_RT/022", "The content cannot be read as JSON") from error
    if isinstance(value, dict) and set(value) == {"d"}:
        value = value["d"]
    if not isinstance(value, dict):
        raise ODataError(400, "/IWBEP/CM_MGW_RT/022", "The content is no object")
    return value


def _writable(of: EntityType, given: dict[str, Any], *, creating: bool) -> Row:
    values: Row = {}
    for name, value in given.items():
        if name.startswith("__"):
            continue
        found = of.named(name)
        if found is None:
            raise ODataError(400, "/IWBEP/CM_MGW_RT/021", f"Property {name} is invalid on type {of.name}Type")
        if found.writable == "always" or (creating and found.writable == "create"):
            values[name] = read(value, found)
        # A property that cannot be set is passed over in silence, as the real service does.
    return values
