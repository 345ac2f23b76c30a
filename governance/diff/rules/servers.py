"""Servers: where callers send their calls to."""

from typing import Any, Final

from governance.diff.change import Area, Change
from governance.diff.rules.documents import document, example
from governance.diff.rules.writing import ADDS, CHANGES, NONE, REMOVES, B, I, W, documentation, extensions
from governance.diff.wording import valued
from governance.finding import Severity
from governance.rules import Rule


def _at(*urls: str, **fields: Any) -> dict[str, Any]:
    return document(servers=[{"url": url, **fields} for url in urls])


def _variable(*values: str) -> dict[str, Any]:
    return _at("https://{region}.example.com/v1", variables={"region": {"default": "eu", "enum": list(values)}})


def _fewer(change: Change) -> Severity:
    """Info where values are only added, else warning."""
    lists = isinstance(change.old, list) and isinstance(change.new, list)
    return I if lists and all(value in change.new for value in change.old) else W


_ONE: Final = "https://api.example.com/v1"
_TWO: Final = "https://us.example.com/v1"
_DEEP: Final = "https://api.example.com/v2"

RULES: Final = (
    Rule(
        "server-host-added", Area.SERVER, ("host",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="The API answers at one more place; the old ones stay.",
        do="You may now call it there too.",
        example=example(_at(_ONE), _at(_ONE, _TWO)),
        message=valued("host"),
    ),
    Rule(
        "server-host-removed", Area.SERVER, ("host",), REMOVES, NONE, W, W, I,
        exposes=False,
        reason="Whoever calls this host must call another. Where an API lies is often set by each deployment, so that "
        "a person decides.",
        do="You must call one of the hosts that stay.",
        example=example(_at(_ONE, _TWO), _at(_ONE)),
        message=valued("host"),
    ),
    Rule(
        "server-host-changed", Area.SERVER, ("host",), CHANGES, NONE, W, W, I,
        exposes=True,
        reason="Callers that take the host from the contract call another one. Where an API lies is often set by each "
        "deployment, so that a person decides.",
        do="You must call the new host.",
        example=example(_at(_ONE), _at(_TWO)),
        message=valued("host"),
    ),
    Rule(
        "server-base-path-added", Area.SERVER, ("base-path",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="The same operations answer under one more base path.",
        do="You may now call it there too.",
        example=example(_at(_ONE), _at(_ONE, _DEEP)),
        message=valued("the base path"),
    ),
    Rule(
        "server-base-path-removed", Area.SERVER, ("base-path",), REMOVES, NONE, B, B, W,
        exposes=False,
        reason="Every URL under this base path is gone.",
        do="You must call under a base path that stays.",
        example=example(_at(_ONE, _DEEP), _at(_DEEP)),
        message=valued("the base path"),
    ),
    Rule(
        "server-base-path-changed", Area.SERVER, ("base-path",), CHANGES, NONE, B, B, W,
        exposes=False,
        reason="The base path is part of every URL: calls to the old ones find nothing.",
        do="You must call under the new base path.",
        example=example(_at(_ONE), _at(_DEEP)),
        message=valued("the base path"),
    ),
    Rule(
        "server-scheme-added", Area.SERVER, ("scheme",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="The API answers over one more scheme; the old ones stay.",
        do="Nothing.",
        example=example(_at(_ONE), _at(_ONE, _ONE.replace("https", "http"))),
        message=valued("the scheme"),
    ),
    Rule(
        "server-scheme-changed", Area.SERVER, ("scheme",), (*REMOVES, *CHANGES), NONE, W, W, I,
        exposes=False,
        reason="Calls over the old scheme may find nobody. Like the host, it is often set by each deployment.",
        do="You must call over the scheme that the contract names now.",
        example=example(_at(_ONE.replace("https", "http")), _at(_ONE)),
        message=valued("the scheme"),
    ),
    Rule(
        "server-variable-added", Area.SERVER, ("variable",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="It is said what may be filled into the address of the server.",
        do="You may now choose it.",
        example=example(_at("https://{region}.example.com/v1"), _variable("eu", "us")),
        message=valued("a server variable"),
    ),
    Rule(
        "server-variable-changed", Area.SERVER, ("variable",), (*REMOVES, *CHANGES), NONE, _fewer, _fewer, I,
        exposes=False,
        reason="Callers that fill in the variable as before may call a place that is gone.",
        do="You must see which values the variable takes now.",
        example=example(_variable("eu", "us"), _variable("eu")),
        message=valued("a server variable"),
    ),
    documentation(
        Area.SERVER, ("description",), NONE, example(_at(_ONE, description="old"), _at(_ONE, description="new"))
    ),
    extensions(Area.SERVER, NONE, example(_at(_ONE), _at(_ONE, **{"x-region": "eu"}))),
)  # fmt: skip
