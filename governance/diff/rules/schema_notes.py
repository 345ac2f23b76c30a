"""What schemas say beside their demands: defaults, who may send a property, extensible lists, documentation."""

from collections.abc import Mapping
from typing import Any, Final

from governance.diff.change import Area, Change, Effect
from governance.diff.rules.documents import answer, example, schemas
from governance.diff.rules.lifecycle import lifecycle
from governance.diff.rules.writing import (
    ADDS,
    BOTH,
    CHANGES,
    RECEIVED,
    REMOVES,
    SENT,
    VALUE,
    B,
    I,
    W,
    documentation,
    extensions,
)  # fmt: skip
from governance.diff.wording import valued
from governance.finding import Severity
from governance.rules import Rule


def _property(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"total": {"type": "number", **fields}}}


def _made(fields: Mapping[str, Any]) -> dict[str, Any]:
    return _property(**fields)


def _in_xml(change: Change) -> Severity:
    """Breaking where a message is XML, else info."""
    return B if any("xml" in use.where for use in change.reach) else I


def _if_set(change: Change) -> Severity:
    """Warning where it is stated anew, else info."""
    return I if change.effect is Effect.REMOVES else W


def _taken_back(change: Change) -> bool:
    """What is not `writeOnly` any more."""
    return change.effect is Effect.REMOVES


def _listed(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()


def _fewer(change: Change) -> Severity:
    """Breaking where a value leaves the list, warning where there was none, else info."""
    if change.effect is not Effect.CHANGES:
        return W if change.effect is Effect.ADDS else I
    return B if _listed(change.old) - _listed(change.new) else _unless_shown(change)


def _more(change: Change) -> Severity:
    """Warning where a value is new or the list is gone, else info."""
    if change.effect is not Effect.CHANGES:
        return W if change.effect is Effect.REMOVES else I
    return W if _listed(change.new) - _listed(change.old) else _unless_shown(change)


def _unless_shown(change: Change) -> Severity:
    """Long lists are not kept in a change: nobody can tell which values they gained or lost."""
    return W if None in (change.old, change.new) else I


_LIST: Final = {"type": "array", "items": {"type": "string"}}
_XML: Final = {"description": "ok", "content": {"application/xml": {"schema": _property(xml={"name": "Total"})}}}
_XML_AFTER: Final = {"content": {"application/xml": {"schema": _property(xml={"name": "Sum"})}}}


def _status(*values: str) -> dict[str, Any]:
    return {"type": "string", "x-extensible-enum": list(values)}


_DEFAULTS: Final = (
    Rule(
        "request-default-added", Area.SCHEMA, ("default",), ADDS, SENT, I, I, I,
        exposes=False,
        reason="It is written down what leaving the value out means.",
        do="Nothing; see whether the default is what you meant by leaving it out.",
        example=schemas(_property(), _property(default=0)),
        message=valued("default"),
    ),
    Rule(
        "request-default-changed", Area.SCHEMA, ("default",), (*CHANGES, *REMOVES), SENT, W, B, I,
        exposes=False,
        reason="No message is refused, but the same message asks for something else: who left the value out to get the "
        "old default gets another one.",
        do="You must send the old default yourself where you relied on it.",
        example=schemas(_property(default=0), _property(default=1)),
        message=valued("default"),
    ),
    Rule(
        "response-default-changed", Area.SCHEMA, ("default",), VALUE, RECEIVED, I, W, I,
        exposes=False,
        reason="The default of an answer says how to read what is left out; no answer is refused by it.",
        do="Nothing, unless you fill in defaults when you read answers.",
        example=schemas(_property(default=0), _property(default=1)),
        message=valued("default"),
    ),
)  # fmt: skip

_WHO_SENDS: Final = (
    Rule(
        "request-read-only-changed", Area.SCHEMA, ("readOnly",), VALUE, SENT, _if_set, _if_set, I,
        exposes=False,
        reason="A property that becomes `readOnly` is judged as one that is removed from requests. On what is no "
        "property, `readOnly` does not say what callers may send: a person decides.",
        do="You should ask whether it may be sent.",
        example=schemas(_LIST, {"type": "array", "items": {"type": "string", "readOnly": True}}),
        message=valued("readOnly"),
    ),
    Rule(
        "response-read-only-changed", Area.SCHEMA, ("readOnly",), VALUE, RECEIVED, I, I, I,
        exposes=False,
        reason="`readOnly` is about requests: what is answered stays the same.",
        do="Nothing.",
        example=schemas(_property(), _property(readOnly=True)),
        message=valued("readOnly"),
    ),
    Rule(
        "request-write-only-changed", Area.SCHEMA, ("writeOnly",), VALUE, SENT, I, I, I,
        exposes=False,
        reason="`writeOnly` is about answers: what may be sent stays the same.",
        do="Nothing.",
        example=schemas(_property(), _property(writeOnly=True)),
        message=valued("writeOnly"),
    ),
    Rule(
        "response-write-only-changed", Area.SCHEMA, ("writeOnly",), VALUE, RECEIVED, _if_set, _if_set, I,
        exposes=_taken_back,
        reason="A property that becomes `writeOnly` is judged as one that is removed from answers. On what is no "
        "property, `writeOnly` does not say whether it is answered: a person decides.",
        do="You should ask whether it is still answered.",
        example=schemas(_LIST, {"type": "array", "items": {"type": "string", "writeOnly": True}}),
        message=valued("writeOnly"),
    ),
)  # fmt: skip

_EXTENSIBLE: Final = (
    Rule(
        "request-extensible-enum-changed", Area.SCHEMA, ("extensible-enum",), VALUE, SENT, _fewer, _fewer, I,
        exposes=False,
        reason="`x-extensible-enum` lists what the receiver knows. A value that leaves the list is sent by "
        "callers and known to nobody any more.",
        do="You must send listed values only.",
        example=schemas(_status("open", "closed"), _status("open")),
        message=valued("x-extensible-enum"),
    ),
    Rule(
        "response-extensible-enum-changed", Area.SCHEMA, ("extensible-enum",), VALUE, RECEIVED, I, _more, I,
        exposes=False,
        reason="Callers were told to expect values that are not on the list yet; in `strict` a new one is a `warning`.",
        do="You must be ready to receive values that you do not know.",
        example=schemas(_status("open"), _status("open", "closed")),
        message=valued("x-extensible-enum"),
    ),
)  # fmt: skip

RULES: Final = (
    *_DEFAULTS,
    *_WHO_SENDS,
    *_EXTENSIBLE,
    *lifecycle(Area.SCHEMA, "request-property", SENT, _made, "schema"),
    *lifecycle(Area.SCHEMA, "response-property", RECEIVED, _made, "schema"),
    documentation(
        Area.SCHEMA, ("title", "description", "examples", "externalDocs"), BOTH,
        schemas(_property(description="in euros"), _property(description="in euros, without tax")),
    ),
    Rule(
        "schema-xml-changed", Area.SCHEMA, ("xml",), VALUE, BOTH, _in_xml, _in_xml, I,
        exposes=False,
        reason="`xml` names elements and attributes: where messages are XML they look otherwise now, where they are "
        "JSON nothing changes.",
        do="You must write and read the new names where you use XML.",
        example=example(answer(**_XML), answer(**_XML_AFTER)),
        message=valued("xml"),
    ),
    extensions(Area.SCHEMA, BOTH, schemas(_property(), _property(**{"x-unit": "EUR"}))),
)  # fmt: skip
