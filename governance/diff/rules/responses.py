"""Answers by status."""

import re
from typing import Any, Final

from governance.diff.change import ANOTHER_BODY, Area, Change
from governance.diff.rules.documents import answer, answers, callback, example, get
from governance.diff.rules.writing import (
    ADDS,
    BOTH,
    NARROWS,
    RECEIVED,
    REMOVES,
    SENT,
    WIDENS,
    B,
    I,
    W,
    documentation,
    extensions,
)
from governance.diff.wording import says, valued
from governance.rules import Rule

_ANSWERED: Final = {"description": "ok", "content": {"application/json": {"schema": {"type": "string"}}}}
_STATUS: Final = re.compile(r"\bresponse ([1-5](?:\d\d|XX)|default)\b", re.IGNORECASE)


def _status(change: Change) -> str:
    """The status that the change is about, as the contract names it; empty where it cannot be told."""
    found = _STATUS.findall(change.subject)
    return found[-1] if found else ""


def _success(change: Change) -> bool:
    """Statuses 2xx and 3xx, and where it cannot be told."""
    return _status(change)[:1] in ("2", "3", "")


def _called(*statuses: str) -> Any:
    return callback({"responses": {status: {"description": "an answer"} for status in statuses}})


RULES: Final = (
    Rule(
        "response-status-added", Area.RESPONSE, ("response",), ADDS, RECEIVED, I, W, I,
        exposes=_success,
        reason="HTTP lets a caller treat an unknown status like x00 of its class, and a contract seldom lists them "
        "all. A caller that knows the listed ones only trips over it.",
        do="You should be ready to receive it.",
        example=example(answers("200"), answers("200", "202")),
        message=says("the status was added"),
    ),
    Rule(
        "response-success-added", Area.RESPONSE, ("response",), ADDS, RECEIVED, I, W, B,
        exposes=True,
        reason="What a call returns is one of several types now, or nothing where this success has no body. HTTP lets "
        "a caller treat an unknown status like x00 of its class, so messages still pass.",
        do="You should be ready to receive it; code that is generated anew has to tell the successes apart.",
        example=example(
            get(responses={"200": _ANSWERED}), get(responses={"200": _ANSWERED, "204": {"description": "nothing"}})
        ),
        message=says("a success with another body, or none, was added"),
        when=lambda change, _: change.new == ANOTHER_BODY,
    ),
    Rule(
        "response-error-status-removed", Area.RESPONSE, ("response",), REMOVES, RECEIVED, I, W, I,
        exposes=False,
        reason="A refusal that does not come any more breaks nobody. Where it comes all the same, or as another "
        "status, the contract does not say so.",
        do="Nothing; see which statuses tell errors now.",
        example=example(answers("200", "404"), answers("200")),
        message=says("the status was removed"),
        when=lambda change, _: not _success(change),
    ),
    Rule(
        "response-status-removed", Area.RESPONSE, ("response",), REMOVES, RECEIVED, B, B, B,
        exposes=False,
        reason="A caller that waits for this success never sees it.",
        do="You must read success from the statuses that stay.",
        example=example(answers("200", "202"), answers("202")),
        message=says("the status was removed"),
    ),
    Rule(
        "request-status-added", Area.RESPONSE, ("response",), ADDS, SENT, I, I, I,
        exposes=False,
        reason="It is what callers answer to a callback or webhook: one more status is understood.",
        do="You may now answer with it.",
        example=example(_called("200"), _called("200", "202")),
        message=says("the status that callers may answer was added"),
    ),
    Rule(
        "request-status-removed", Area.RESPONSE, ("response",), REMOVES, SENT, B, B, B,
        exposes=False,
        reason="A caller that answers a callback or webhook with it is not understood any more.",
        do="You must answer with another status.",
        example=example(_called("200", "202"), _called("200")),
        message=says("the status that callers may answer was removed"),
    ),
    Rule(
        "response-status-range-narrowed", Area.RESPONSE, ("range",), NARROWS, RECEIVED, I, I, W,
        exposes=False,
        reason="Whatever can be answered now could be answered before, under the range.",
        do="Nothing.",
        example=example(answers("2XX"), answers("200")),
        message=valued("the statuses"),
    ),
    Rule(
        "response-status-range-widened", Area.RESPONSE, ("range",), WIDENS, RECEIVED, I, W, W,
        exposes=False,
        reason="More statuses are announced, with the same answer. HTTP lets a caller treat an unknown status like x00 "
        "of its class; one that knows the old statuses only trips over it.",
        do="You should be ready to receive every status of the range.",
        example=example(answers("200"), answers("2XX")),
        message=valued("the statuses"),
    ),
    Rule(
        "request-status-range-narrowed", Area.RESPONSE, ("range",), NARROWS, SENT, B, B, W,
        exposes=False,
        reason="A caller that answers a callback or webhook with another status of the range is not understood.",
        do="You must answer with the statuses that stay.",
        example=example(_called("2XX"), _called("200")),
        message=valued("the statuses that callers may answer"),
    ),
    Rule(
        "request-status-range-widened", Area.RESPONSE, ("range",), WIDENS, SENT, I, I, W,
        exposes=False,
        reason="It is what callers answer to a callback or webhook: more statuses are understood.",
        do="You may now answer with every status of the range.",
        example=example(_called("200"), _called("2XX")),
        message=valued("the statuses that callers may answer"),
    ),
    documentation(
        Area.RESPONSE, ("description",), BOTH, example(answer(description="orders"), answer(description="all orders"))
    ),
    extensions(Area.RESPONSE, BOTH, example(answer(), answer(**{"x-team": "sales"}))),
)  # fmt: skip
