"""Media types: in which form a body comes."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import answer, example, post
from governance.diff.rules.writing import (
    ADDS,
    BOTH,
    CHANGES,
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
)  # fmt: skip
from governance.diff.wording import says, valued
from governance.rules import Rule

_ANY: Final[dict[str, Any]] = {"schema": {"type": "object"}}
_JSON: Final = "application/json"
_CBOR: Final = "application/cbor"


def _takes(*names: str) -> dict[str, Any]:
    return post(dict.fromkeys(names, _ANY))


def _answers(*names: str) -> dict[str, Any]:
    return answer(content=dict.fromkeys(names, _ANY))


RULES: Final = (
    Rule(
        "request-media-type-added", Area.MEDIA_TYPE, ("media-type",), ADDS, SENT, I, I, W,
        exposes=False,
        reason="What callers send is still understood.",
        do="You may now send it.",
        example=example(_takes(_JSON), _takes(_JSON, _CBOR)),
        message=says("the media type was added"),
    ),
    Rule(
        "request-media-type-removed", Area.MEDIA_TYPE, ("media-type",), REMOVES, SENT, B, B, B,
        exposes=False,
        reason="A caller that sends it is refused (415).",
        do="You must send a media type that stays.",
        example=example(_takes(_JSON, _CBOR), _takes(_JSON)),
        message=says("the media type was removed"),
    ),
    Rule(
        "response-media-type-added", Area.MEDIA_TYPE, ("media-type",), ADDS, RECEIVED, I, W, W,
        exposes=True,
        reason="A caller that says in Accept what it reads goes on getting that; one that says nothing may get another "
        "media type.",
        do="You should say in Accept what you read.",
        example=example(_answers(_JSON), _answers(_JSON, _CBOR)),
        message=says("the media type was added"),
    ),
    Rule(
        "response-media-type-removed", Area.MEDIA_TYPE, ("media-type",), REMOVES, RECEIVED, B, B, B,
        exposes=False,
        reason="A caller that reads this media type only gets what it cannot read, or 406.",
        do="You must read a media type that stays.",
        example=example(_answers(_JSON, _CBOR), _answers(_JSON)),
        message=says("the media type was removed"),
    ),
    Rule(
        "request-media-type-narrowed", Area.MEDIA_TYPE, ("name",), NARROWS, SENT, B, B, I,
        exposes=False,
        reason="A caller that sends what the wider name took is refused (415).",
        do="You must send the media types that the new name takes.",
        example=example(_takes("application/*"), _takes(_JSON)),
        message=valued("the media type"),
    ),
    Rule(
        "request-media-type-widened", Area.MEDIA_TYPE, ("name",), WIDENS, SENT, I, I, I,
        exposes=False,
        reason="What callers send is still understood.",
        do="You may now send more media types.",
        example=example(_takes(_JSON), _takes("application/*")),
        message=valued("the media type"),
    ),
    Rule(
        "request-media-type-changed", Area.MEDIA_TYPE, ("name",), CHANGES, SENT, B, B, I,
        exposes=False,
        reason="A caller that sends the old media type, or its old parameters, may be refused (415).",
        do="You must send the new media type.",
        example=example(_takes("application/json;v=1"), _takes("application/json;v=2")),
        message=valued("the media type"),
    ),
    Rule(
        "response-media-type-narrowed", Area.MEDIA_TYPE, ("name",), NARROWS, RECEIVED, I, I, I,
        exposes=False,
        reason="Whatever can be answered now could be answered before.",
        do="Nothing.",
        example=example(_answers("application/*"), _answers(_JSON)),
        message=valued("the media type"),
    ),
    Rule(
        "response-media-type-widened", Area.MEDIA_TYPE, ("name",), WIDENS, RECEIVED, B, B, I,
        exposes=True,
        reason="A caller that was written for the old media type may receive another one.",
        do="You must be ready to receive more media types.",
        example=example(_answers(_JSON), _answers("application/*")),
        message=valued("the media type"),
    ),
    Rule(
        "response-media-type-changed", Area.MEDIA_TYPE, ("name",), CHANGES, RECEIVED, W, B, I,
        exposes=False,
        reason="The media type is the same with other parameters (`;v=2`): a caller that reads the type without its "
        "parameters goes on, one that compares the whole text does not.",
        do="You should see whether you compare the whole Content-Type.",
        example=example(_answers("application/json;v=1"), _answers("application/json;v=2")),
        message=valued("the media type"),
    ),
    documentation(
        Area.MEDIA_TYPE, ("examples", "description"), BOTH,
        example(
            answer(content={_JSON: {**_ANY, "example": {}}}), answer(content={_JSON: {**_ANY, "example": {"a": 1}}})
        ),
    ),
    extensions(
        Area.MEDIA_TYPE, BOTH,
        example(_answers(_JSON), answer(content={_JSON: {**_ANY, "x-team": "sales"}})),
    ),
)  # fmt: skip
