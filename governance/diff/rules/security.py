"""Security requirements: what a caller must show."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, example
from governance.diff.rules.writing import ADDS, NARROWS, NONE, REMOVES, WIDENS, B, I
from governance.diff.wording import says, valued
from governance.rules import Rule

SCHEMES: Final = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "token": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "https://login.example.com/token",
                "scopes": {"orders.read": "read orders", "orders.write": "write orders"},
            }
        },
    },
}


def _asks(*alternatives: dict[str, Any]) -> dict[str, Any]:
    operation = {"security": list(alternatives), "responses": OK}
    return {"paths": {"/orders": {"get": operation}}, "components": {"securitySchemes": SCHEMES}}


_KEY: Final[dict[str, Any]] = {"key": []}
_READ: Final = {"token": ["orders.read"]}
_WRITE: Final = {"token": ["orders.read", "orders.write"]}

RULES: Final = (
    Rule(
        "security-alternative-added", Area.SECURITY, ("alternative",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="What callers show is still enough; there is one more way in.",
        do="You may now show it instead.",
        example=example(_asks(_READ), _asks(_READ, _KEY)),
        message=says("one more way to be let in"),
    ),
    Rule(
        "security-alternative-removed", Area.SECURITY, ("alternative",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="A caller that shows this is refused.",
        do="You must show what is still asked for.",
        example=example(_asks(_READ, _KEY), _asks(_READ)),
        message=says("one way to be let in is gone"),
    ),
    Rule(
        "security-scope-added", Area.SECURITY, ("scope",), ADDS, NONE, B, B, I,
        exposes=False,
        reason="A caller whose token has the scopes of the old contract is refused (403).",
        do="You must get a token that has this scope too.",
        example=example(_asks(_READ), _asks(_WRITE)),
        message=says("one more scope is asked for"),
    ),
    Rule(
        "security-scope-removed", Area.SECURITY, ("scope",), REMOVES, NONE, I, I, I,
        exposes=True,
        reason="What callers show is still enough; tokens that were refused before are let in.",
        do="Nothing; your token needs this scope no longer.",
        example=example(_asks(_WRITE), _asks(_READ)),
        message=says("a scope is not asked for any more"),
    ),
    Rule(
        "security-required", Area.SECURITY, ("requirement",), NARROWS, NONE, B, B, B,
        exposes=False,
        reason="What anybody could call asks for credentials now, or more of them are asked for together: a caller "
        "that shows what was enough is refused (401).",
        do="You must show what is asked for now.",
        example=example(_asks(), _asks(_KEY)),
        message=valued("what is asked for"),
    ),
    Rule(
        "security-opened", Area.SECURITY, ("requirement",), WIDENS, NONE, I, I, I,
        exposes=True,
        reason="What callers show is still enough; whoever shows less, or nothing, is let in too.",
        do="Nothing; you need to show less.",
        example=example(_asks(_KEY), _asks()),
        message=valued("what is asked for"),
    ),
)  # fmt: skip
