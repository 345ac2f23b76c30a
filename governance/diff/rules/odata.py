"""OData: query options, what they may name, and keys."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, document, example, get
from governance.diff.rules.writing import ADDS, CHANGES, NARROWS, REMOVES, SENT, WIDENS, B, I, W
from governance.diff.wording import says, valued
from governance.rules import Rule


def _options(*names: str) -> dict[str, Any]:
    return get(parameters=[{"name": name, "in": "query", "schema": {"type": "string"}} for name in names])


def _allows(**stated: Any) -> dict[str, Any]:
    return get(**{"x-odata": stated})


def _keyed(*names: str) -> dict[str, Any]:
    inside = ",".join(f"{name}='{{{name}}}'" for name in names)
    stated = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return document(paths={f"/Orders({inside})": {"get": {"parameters": stated, "responses": OK}}})


_NAMES: Final = ("filterable", "sortable", "expandable")

RULES: Final = (
    Rule(
        "odata-option-added", Area.ODATA, ("option",), ADDS, SENT, I, I, I,
        exposes=True,
        reason="What callers ask is still answered; more can be asked for than before.",
        do="You may now use it.",
        example=example(_options("$top"), _options("$top", "$filter")),
        message=says("the query option was added"),
    ),
    Rule(
        "odata-option-removed", Area.ODATA, ("option",), REMOVES, SENT, B, B, I,
        exposes=False,
        reason="A caller that uses it is refused.",
        do="You must stop using it.",
        example=example(_options("$top", "$filter"), _options("$top")),
        message=says("the query option was removed"),
    ),
    Rule(
        "odata-names-narrowed", Area.ODATA, _NAMES, NARROWS, SENT, B, B, I,
        exposes=False,
        reason="A caller that filters, sorts or expands by a name that is gone is refused.",
        do="You must use the names that stay.",
        example=example(_allows(filterable=["status", "date"]), _allows(filterable=["status"])),
        message=valued("what may be named"),
    ),
    Rule(
        "odata-names-widened", Area.ODATA, _NAMES, WIDENS, SENT, I, I, I,
        exposes=True,
        reason="What callers ask is still answered; more can be asked for than before.",
        do="You may now use the new names.",
        example=example(_allows(filterable=["status"]), _allows(filterable=["status", "date"])),
        message=valued("what may be named"),
    ),
    Rule(
        "odata-names-changed", Area.ODATA, _NAMES, CHANGES, SENT, B, B, I,
        exposes=True,
        reason="A caller that filters, sorts or expands by a name that is gone is refused; others can be asked for.",
        do="You must use the names that the contract lists now.",
        example=example(_allows(filterable=["status"]), _allows(filterable=["date"])),
        message=valued("what may be named"),
    ),
    Rule(
        "odata-expand-depth-narrowed", Area.ODATA, ("maxExpandDepth",), NARROWS, SENT, B, B, I,
        exposes=False,
        reason="A caller that expands deeper, as the old contract allows, is refused.",
        do="You must expand less deep.",
        example=example(_allows(maxExpandDepth=3), _allows(maxExpandDepth=1)),
        message=valued("the depth"),
    ),
    Rule(
        "odata-expand-depth-widened", Area.ODATA, ("maxExpandDepth",), WIDENS, SENT, I, I, I,
        exposes=True,
        reason="What callers ask is still answered; more can be asked for than before.",
        do="You may now expand deeper.",
        example=example(_allows(maxExpandDepth=1), _allows(maxExpandDepth=3)),
        message=valued("the depth"),
    ),
    Rule(
        "odata-page-size-narrowed", Area.ODATA, ("maxPageSize",), NARROWS, SENT, W, W, I,
        exposes=False,
        reason="Pages are smaller: a caller that follows the link to the next page goes on, one that reads the first "
        "page only gets fewer rows.",
        do="You must follow the link to the next page.",
        example=example(_allows(maxPageSize=500), _allows(maxPageSize=100)),
        message=valued("the largest page"),
    ),
    Rule(
        "odata-page-size-widened", Area.ODATA, ("maxPageSize",), WIDENS, SENT, I, I, I,
        exposes=True,
        reason="What callers ask is still answered; more rows come at once.",
        do="Nothing; pages are larger.",
        example=example(_allows(maxPageSize=100), _allows(maxPageSize=500)),
        message=valued("the largest page"),
    ),
    Rule(
        "odata-key-changed", Area.ODATA, ("key",), CHANGES, SENT, B, B, B,
        exposes=False,
        reason="Addresses of records that callers keep lead nowhere.",
        do="You must address records by the new key.",
        example=example(_keyed("id"), _keyed("id", "company")),
        message=valued("the key"),
    ),
)  # fmt: skip
