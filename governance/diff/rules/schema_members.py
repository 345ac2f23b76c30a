"""Properties and alternatives: what is added to and taken from schemas."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from governance.diff.change import Area, Change, Outcome
from governance.diff.rules.documents import schemas
from governance.diff.rules.lifecycle import removal
from governance.diff.rules.writing import ADDS, RECEIVED, REMOVES, SENT, B, I, W
from governance.diff.wording import says
from governance.finding import Direction, Severity
from governance.rules import Rule

_TOTAL: Final = {"type": "object", "properties": {"total": {"type": "number"}}}
_BOTH: Final = {"type": "object", "properties": {"total": {"type": "number"}, "tax": {"type": "number"}}}
_ONE: Final = {"anyOf": [{"type": "string"}]}
_TWO: Final = {"anyOf": [{"type": "string"}, {"type": "integer"}]}


def _unless_optional(optional: Severity) -> Callable[[Change], Severity]:
    """What a property weighs of which nobody asked whether messages fail without it."""

    def level(change: Change) -> Severity:
        asked = change.outcome is not Outcome.NOT_ASKED
        return B if change.traits.required and not asked else optional

    level.__doc__ = f"breaking where it is required, else {optional.value}"
    return level


def _where_required(change: Change) -> Severity:
    """Breaking where it is required, else info."""
    return B if change.traits.required else I


def _unless_it_holds(change: Change) -> Severity:
    """breaking, unless it is proven that nobody fails."""
    return I if change.outcome is Outcome.HOLDS else B


def _old(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"total": {"type": "number"}, "tax": {"type": "number", **fields}}}


RULES: Final = (
    *removal(Area.SCHEMA, "property", "request-property", Direction.REQUEST, _old, _TOTAL, "schema"),
    *removal(Area.SCHEMA, "property", "response-property", Direction.RESPONSE, _old, _TOTAL, "schema"),
    Rule(
        "request-property-added", Area.SCHEMA, ("property",), ADDS, SENT, _unless_optional(I), _unless_optional(I),
        _where_required,
        exposes=False,
        reason="Whoever leaves the new property out is still understood, unless it is required.",
        do="You may now send it; you must where it is required.",
        example=schemas(_TOTAL, _BOTH),
        message=says("the property was added"),
    ),
    Rule(
        "request-property-removed", Area.SCHEMA, ("property",), REMOVES, SENT, W, B, B,
        exposes=False,
        reason="A caller that goes on sending the property is refused where the schema is closed; where it is open, "
        "what was sent is taken and means nothing any more.",
        do="You should stop sending it: it has no effect any more, or is refused.",
        example=schemas(_BOTH, _TOTAL),
        message=says("the property was removed"),
    ),
    Rule(
        "response-property-added", Area.SCHEMA, ("property",), ADDS, RECEIVED, I, W, I,
        exposes=True,
        reason="Callers pass over properties that they do not know, as the old schema left it open. Those that do not "
        "(strict parsers, tables with fixed columns) trip over it.",
        do="Nothing; you may now read it.",
        example=schemas(_TOTAL, _BOTH),
        message=says("the property was added"),
    ),
    Rule(
        "response-property-removed", Area.SCHEMA, ("property",), REMOVES, RECEIVED, _unless_optional(W), B, B,
        exposes=False,
        reason="A required property that is gone breaks whoever reads it. An optional one could always be missing, so "
        "that a correct caller goes on; what it wanted is gone all the same.",
        do="You must do without it.",
        example=schemas(_BOTH, _TOTAL),
        message=says("the property was removed"),
    ),
    Rule(
        "request-alternative-added", Area.SCHEMA, ("alternative",), ADDS, SENT, I, I, W,
        exposes=False,
        reason="What callers send under the old contract is still taken; the new alternative too.",
        do="You may now send the new alternative.",
        example=schemas(_ONE, _TWO),
        message=says("an alternative was added"),
    ),
    Rule(
        "request-alternative-removed", Area.SCHEMA, ("alternative",), REMOVES, SENT, _unless_it_holds,
        _unless_it_holds, B,
        exposes=False,
        reason="A caller that sends what only this alternative took is refused.",
        do="You must stop sending this alternative.",
        example=schemas(_TWO, _ONE),
        message=says("an alternative was removed"),
    ),
    Rule(
        "response-alternative-added", Area.SCHEMA, ("alternative",), ADDS, RECEIVED, _unless_it_holds,
        _unless_it_holds, W,
        exposes=True,
        reason="A caller that was written for the old alternatives may receive what is none of them.",
        do="You must be ready to receive the new alternative.",
        example=schemas(_ONE, _TWO),
        message=says("an alternative was added"),
    ),
    Rule(
        "response-alternative-removed", Area.SCHEMA, ("alternative",), REMOVES, RECEIVED, I, I, B,
        exposes=False,
        reason="Whatever can be answered now could be answered before.",
        do="Nothing; you no longer receive this alternative.",
        example=schemas(_TWO, _ONE),
        message=says("an alternative was removed"),
    ),
)  # fmt: skip
