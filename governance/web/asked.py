"""Forms of the pages -> what is said; texts -> how they are signed elsewhere."""

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final, cast

from pydantic import ValidationError

from gateway.trust.board_statement import Act, Condition
from gateway.trust.signed import payload_digest
from governance.decisions.stating import Saying
from governance.web.forms import Asking, Refused

ACTS: Final = ("approve", "return", "refuse", "abstain", "revoke", "met", "delegate", "end-delegation")


def asked_of(form: Mapping[str, str], decision: str) -> Asking:
    """What a form asks for. Raises Refused where it asks for nothing."""
    act = form.get("act", "")
    conditional = act == "approve-with-conditions"
    if conditional:
        act = "approve"
    if act not in ACTS or (act in ("delegate", "end-delegation")) == bool(decision):
        raise Refused(400, "This says nothing that a member can say", "Send the form as the page shows it.")
    conditions = _conditions(form) if conditional else ()
    if conditional and not conditions:
        raise Refused(400, "No condition is stated", "Give each condition a name and say what has to be done.")
    return Asking(
        Saying(
            cast("Act", act), decision, comment=form.get("comment", "").strip(), conditions=conditions,
            condition=form.get("condition", "") if act == "met" else "",
            evidence=form.get("evidence", "").strip() if act == "met" else "",
            takes_back=("decision" if form.get("takes_back") == "decision" else "own") if act == "revoke" else "",
            to=form.get("to", "") if act in ("delegate", "end-delegation") else "",
            until=_until(form) if act == "delegate" else None,
        )
    )  # fmt: skip


def signature_of(text: bytes, address: str) -> dict[str, Any]:
    """What a page shows of a text that is to be signed elsewhere."""
    digest = payload_digest(text)
    return {
        "text": text.decode("utf-8", "replace"),
        "digest": digest,
        "address": address,
        "command": f"tidewaiter board sign {digest} --text FILE --key KEY",
        "encoded": base64.b64encode(text).decode("ascii"),
    }


def _conditions(form: Mapping[str, str]) -> tuple[Condition, ...]:
    found = []
    for line in form.get("conditions", "").splitlines():
        if line.strip():
            name, _, text = line.partition("=")
            try:
                found.append(Condition(id=name.strip(), text=text))
            except ValidationError:
                message = "Write one a line, as in `load-tested = 100 orders a second for an hour`."
                raise Refused(400, "This is no condition", message) from None
    return tuple(found)


def _until(form: Mapping[str, str]) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(form.get("until", "")), time(23, 59, 59), UTC)
    except ValueError:
        raise Refused(400, "No last day is stated", "Write it as in 2027-01-31.") from None
