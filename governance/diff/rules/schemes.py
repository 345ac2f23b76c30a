"""Security schemes: how credentials are shown, and where tokens come from."""

from collections.abc import Mapping
from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import document, example
from governance.diff.rules.lifecycle import deprecation
from governance.diff.rules.writing import (
    ADDS,
    CHANGES,
    NONE,
    REMOVES,
    VALUE,
    B,
    I,
    W,
    documentation,
    extensions,
)  # fmt: skip
from governance.diff.wording import says, valued
from governance.rules import Example, Rule

_SCOPES: Final = {"orders.read": "read orders"}
_CODE: Final = {
    "authorizationUrl": "https://login.example.com/authorize",
    "tokenUrl": "https://login.example.com/token",
    "scopes": _SCOPES,
}


def _scheme(**fields: Any) -> dict[str, Any]:
    """A document whose one operation asks for a scheme with these fields."""
    made = document(components={"securitySchemes": {"sign-in": fields}})
    return {**made, "security": [{"sign-in": []}]}


def _key(**fields: Any) -> dict[str, Any]:
    return _scheme(**{"type": "apiKey", "in": "header", "name": "X-Key", **fields})


def _bearer(**fields: Any) -> dict[str, Any]:
    return _scheme(**{"type": "http", "scheme": "bearer", **fields})


def _oauth(**flow: Any) -> dict[str, Any]:
    """The flow with these fields; None leaves one out."""
    stated = {key: value for key, value in {**_CODE, **flow}.items() if value is not None}
    return _scheme(type="oauth2", flows={"authorizationCode": stated})


def _flows(*names: str) -> dict[str, Any]:
    flows = {name: {"tokenUrl": _CODE["tokenUrl"], "scopes": _SCOPES} for name in names}
    return _scheme(type="oauth2", flows=flows)


def _open_id(url: str) -> dict[str, Any]:
    return _scheme(**{"type": "openIdConnect", **({"openIdConnectUrl": url} if url else {})})


def _device(host: str) -> dict[str, Any]:
    flow = {"deviceAuthorizationUrl": f"https://{host}/device", "tokenUrl": _CODE["tokenUrl"], "scopes": _SCOPES}
    return _scheme(type="oauth2", flows={"deviceAuthorization": flow})


def _metadata(host: str) -> dict[str, Any]:
    return _scheme(type="oauth2", oauth2MetadataUrl=f"https://{host}/metadata", flows={"authorizationCode": _CODE})


def _made(fields: Mapping[str, Any]) -> dict[str, Any]:
    return _key(**fields)


def _wire(kind: str, slug: str, words: str, shown: Example) -> Rule:
    """A field of a scheme that is on the wire."""
    return Rule(
        f"security-scheme-{slug}-changed", Area.SCHEME, (kind,), CHANGES, NONE, B, B, B,
        exposes=False,
        reason=f"{words} is on the wire: credentials that are shown as before are not found.",
        do="You must show your credentials as the scheme says now.",
        example=shown,
        message=valued(kind),
    )  # fmt: skip


def _address(kind: str, slug: str, what: str, added: Example, changed: Example) -> tuple[Rule, Rule]:
    """An address from which tokens come."""
    return (
        Rule(
            f"security-scheme-{slug}-added", Area.SCHEME, (kind,), ADDS, NONE, I, I, I,
            exposes=False,
            reason=f"Callers learn {what} from the contract; what they did before goes on.",
            do="Nothing; you may now use it.",
            example=added,
            message=valued(kind),
        ),
        Rule(
            f"security-scheme-{slug}-changed", Area.SCHEME, (kind,), (*CHANGES, *REMOVES), NONE, B, B, I,
            exposes=False,
            reason=f"A caller goes on using {what} of the old contract: where that is gone it gets no token, and a "
            "token of another issuer is refused.",
            do="You must get your tokens at the new address.",
            example=changed,
            message=valued(kind),
        ),
    )  # fmt: skip


_THINGS: Final = (
    Rule(
        "security-scheme-added", Area.SCHEME, ("scheme",), ADDS, NONE, I, I, I,
        exposes=False,
        reason="A scheme lets nobody in until an operation asks for it.",
        do="Nothing.",
        example=example(document(), document(components={"securitySchemes": {"sign-in": {"type": "mutualTLS"}}})),
        message=says("the security scheme was added"),
    ),
    Rule(
        "security-scheme-removed", Area.SCHEME, ("scheme",), REMOVES, NONE, I, I, W,
        exposes=False,
        reason="The operations that asked for it are judged one by one.",
        do="Nothing; see what the operations ask for now.",
        example=example(document(components={"securitySchemes": {"sign-in": {"type": "mutualTLS"}}}), document()),
        message=says("the security scheme was removed"),
    ),
    Rule(
        "security-flow-added", Area.SCHEME, ("flow",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="There is one more way to get a token; the old ones stay.",
        do="You may now use it.",
        example=example(_flows("clientCredentials"), _flows("clientCredentials", "password")),
        message=says("the flow was added"),
    ),
    Rule(
        "security-flow-removed", Area.SCHEME, ("flow",), REMOVES, NONE, B, B, I,
        exposes=False,
        reason="A caller that gets its tokens by this flow gets none.",
        do="You must get your tokens by a flow that stays.",
        example=example(_flows("clientCredentials", "password"), _flows("clientCredentials")),
        message=says("the flow was removed"),
    ),
    Rule(
        "security-flow-scope-added", Area.SCHEME, ("flow-scope",), ADDS, NONE, I, I, I,
        exposes=False,
        reason="One more scope can be asked for; what operations demand is judged one by one.",
        do="You may now ask for it.",
        example=example(_oauth(), _oauth(scopes={**_SCOPES, "orders.write": "write orders"})),
        message=says("the scope is offered"),
    ),
    Rule(
        "security-flow-scope-removed", Area.SCHEME, ("flow-scope",), REMOVES, NONE, W, B, I,
        exposes=False,
        reason="A caller that asks for this scope gets no token (`invalid_scope`); its operations tell of "
        "it where they ask for it.",
        do="You must stop asking for it.",
        example=example(_oauth(scopes={**_SCOPES, "orders.write": "write orders"}), _oauth()),
        message=says("the scope is not offered any more"),
    ),
)  # fmt: skip

RULES: Final = (
    *_THINGS,
    _wire("type", "type", "How credentials are shown", example(_key(), _bearer())),
    _wire("name", "name", "The name of the key", example(_key(), _key(name="X-Api-Key"))),
    _wire("in", "place", "The place of the key", example(_key(), _key(**{"in": "query"}))),
    _wire("http-scheme", "http-scheme", "The scheme of Authorization", example(_bearer(), _bearer(scheme="basic"))),
    Rule(
        "security-scheme-bearer-format-changed", Area.SCHEME, ("bearerFormat",), VALUE, NONE, I, I, I,
        exposes=False,
        reason="`bearerFormat` is a hint for readers (OpenAPI, Security Scheme Object).",
        do="Nothing.",
        example=example(_bearer(), _bearer(bearerFormat="JWT")),
        message=valued("bearerFormat"),
    ),
    *_address(
        "openIdConnectUrl", "open-id-connect-url", "the discovery document",
        example(_open_id(""), _open_id("https://login.example.com/.well-known/openid-configuration")),
        example(_open_id("https://a.example.com/id"), _open_id("https://b.example.com/id")),
    ),
    *_address(
        "authorizationUrl", "authorization-url", "the address where people sign in",
        example(_oauth(authorizationUrl=None), _oauth()),
        example(_oauth(), _oauth(authorizationUrl="https://sign-in.example.com/authorize")),
    ),
    *_address(
        "tokenUrl", "token-url", "the address of tokens",
        example(_oauth(tokenUrl=None), _oauth()),
        example(_oauth(), _oauth(tokenUrl="https://sign-in.example.com/token")),
    ),
    *_address(
        "refreshUrl", "refresh-url", "the address where tokens are renewed",
        example(_oauth(), _oauth(refreshUrl="https://login.example.com/renew")),
        example(_oauth(refreshUrl="https://a.example.com/renew"), _oauth(refreshUrl="https://b.example.com/renew")),
    ),
    *_address(
        "deviceAuthorizationUrl", "device-authorization-url", "the address of device codes",
        example(_flows("deviceAuthorization"), _device("login.example.com")),
        example(_device("login.example.com"), _device("sign-in.example.com")),
    ),
    *_address(
        "oauth2MetadataUrl", "metadata-url", "the metadata of the authorization server",
        example(_oauth(), _metadata("login.example.com")),
        example(_metadata("login.example.com"), _metadata("sign-in.example.com")),
    ),
    *deprecation(Area.SCHEME, "security-scheme", NONE, _made, "document"),
    documentation(Area.SCHEME, ("description",), NONE, example(_key(description="a"), _key(description="b"))),
    extensions(Area.SCHEME, NONE, example(_key(), _key(**{"x-team": "sales"}))),
)  # fmt: skip
