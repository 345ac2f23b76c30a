"""Encodings: how the parts of form and multipart bodies are written."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import answer, example, post
from governance.diff.rules.writing import (
    BOTH,
    CHANGES,
    NARROWS,
    RECEIVED,
    SENT,
    VALUE,
    WIDENS,
    B,
    I,
    extensions,
)  # fmt: skip
from governance.diff.wording import says, valued
from governance.rules import Rule

_PARTS: Final = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": {"type": "string"}}, "scan": {"type": "string"}},
}


def _form(part: str = "tags", **fields: Any) -> dict[str, Any]:
    return post({"application/x-www-form-urlencoded": {"schema": _PARTS, "encoding": {part: fields}}})


def _parts(part: str = "scan", **fields: Any) -> dict[str, Any]:
    return post({"multipart/form-data": {"schema": _PARTS, "encoding": {part: fields}}})


def _received(**fields: Any) -> dict[str, Any]:
    return answer(content={"application/x-www-form-urlencoded": {"schema": _PARTS, "encoding": {"tags": fields}}})


RULES: Final = (
    Rule(
        "part-content-type-changed", Area.ENCODING, ("contentType",), VALUE, BOTH, B, B, I,
        exposes=False,
        reason="A part of a body is in another media type: its receiver refuses it, or reads it wrongly.",
        do="You must read and write this part in the new media type.",
        example=example(_parts(contentType="image/png"), _parts(contentType="image/jpeg")),
        message=valued("contentType"),
    ),
    Rule(
        "part-style-changed", Area.ENCODING, ("style",), CHANGES, BOTH, B, B, I,
        exposes=False,
        reason="The same value is written otherwise on the wire, and read as another one.",
        do="You must read and write this part in the new style.",
        example=example(_form(style="form", explode=False), _form(style="pipeDelimited", explode=False)),
        message=valued("style"),
    ),
    Rule(
        "part-explode-changed", Area.ENCODING, ("explode",), CHANGES, BOTH, B, B, I,
        exposes=False,
        reason="Lists and objects are written otherwise on the wire, and read as another value.",
        do="You must read and write lists and objects in the new form.",
        example=example(_form(explode=True), _form(explode=False)),
        message=valued("explode"),
    ),
    Rule(
        "request-part-reserved-refused", Area.ENCODING, ("allowReserved",), NARROWS, SENT, B, B, I,
        exposes=False,
        reason="A caller that sends reserved characters as they are is not understood any more.",
        do="You must percent-encode reserved characters.",
        example=example(_form(allowReserved=True), _form(allowReserved=False)),
        message=says("reserved characters may not be sent as they are any more"),
    ),
    Rule(
        "request-part-reserved-allowed", Area.ENCODING, ("allowReserved",), WIDENS, SENT, I, I, I,
        exposes=False,
        reason="What callers send is still understood.",
        do="You may now send reserved characters as they are.",
        example=example(_form(allowReserved=False), _form(allowReserved=True)),
        message=says("reserved characters may be sent as they are"),
    ),
    Rule(
        "response-part-reserved-refused", Area.ENCODING, ("allowReserved",), NARROWS, RECEIVED, I, I, I,
        exposes=False,
        reason="Whatever can be answered now could be answered before.",
        do="Nothing.",
        example=example(_received(allowReserved=True), _received(allowReserved=False)),
        message=says("reserved characters are not sent as they are any more"),
    ),
    Rule(
        "response-part-reserved-allowed", Area.ENCODING, ("allowReserved",), WIDENS, RECEIVED, B, B, I,
        exposes=False,
        reason="A caller that was written for encoded characters may receive reserved ones as they are.",
        do="You must be ready to receive reserved characters as they are.",
        example=example(_received(allowReserved=False), _received(allowReserved=True)),
        message=says("reserved characters may come as they are"),
    ),
    Rule(
        "part-encoding-changed", Area.ENCODING, ("part-encoding",), VALUE, BOTH, B, B, I,
        exposes=False,
        reason="A multipart body has more or fewer parts whose encoding is stated by their place (`prefixEncoding`).",
        do="You must read and write these parts in the new encoding.",
        example=example(
            post({"multipart/mixed": {"prefixEncoding": [{"contentType": "image/png"}]}}),
            post({"multipart/mixed": {"prefixEncoding": [{"contentType": "image/png"}, {"contentType": "text/csv"}]}}),
        ),
        message=valued("the encoding of parts"),
    ),
    extensions(Area.ENCODING, BOTH, example(_form(), _form(**{"x-team": "sales"}))),
)  # fmt: skip
