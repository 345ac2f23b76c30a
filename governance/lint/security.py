"""Security: every operation says who may call it, by schemes and scopes that exist, and no credential is in a URL."""

import re
from collections.abc import Iterator
from typing import Final

from governance.diff.walk.reading import Node
from governance.diff.walk.security import in_force
from governance.finding import Severity
from governance.lint.documents import document, get, query, secured
from governance.lint.operations import Operation
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject

_SECRET: Final = re.compile(
    r"(?:api|access|auth|secret|private)[_-]?(?:key|token)|password|passwd|pwd|secret|client[_-]?secret|bearer|jwt",
    re.IGNORECASE,
)
_LOCAL: Final = re.compile(r"http://(?:localhost|127\.|\[::1\]|[^/:]*\.localhost)", re.IGNORECASE)


def _unstated(subject: Subject) -> Iterator[Hit]:
    lacking = [
        one for one in subject.operations
        if not isinstance(one.node.value.get("security"), list) and not isinstance(subject.tree.get("security"), list)
    ]  # fmt: skip
    if len(lacking) > 1 and len(lacking) == len(subject.operations):
        reach = tuple(use for one in lacking for use in one.reach)
        yield Hit("", f"none of {len(lacking)} operations states `security`", reach, "all")
        return
    for one in lacking:
        yield Hit(one.node.at, f"{one.name} states no `security`", one.reach, one.identity)


def _schemes(subject: Subject) -> dict[str, Node]:
    return {name: subject.reading.follow(node) for name, node in subject.components("securitySchemes").items()}


def _asked(subject: Subject) -> Iterator[tuple[str, Node, frozenset[str], list[Operation]]]:
    """Every scheme that is asked for, where, with its scopes and the operations; what the document states once."""
    found: dict[tuple[str, str], tuple[str, Node, frozenset[str], list[Operation]]] = {}
    for one in subject.operations:
        for alternative in in_force(subject.reading, one.node, None).alternatives:
            for name, scopes in alternative.scopes.items():
                entry = found.setdefault((alternative.node.at, name), (name, alternative.node, scopes, []))
                entry[3].append(one)
    yield from found.values()


def _undefined(subject: Subject) -> Iterator[Hit]:
    known = _schemes(subject)
    found: dict[str, tuple[str, list[Operation]]] = {}
    for name, node, _, operations in _asked(subject):
        # Since 3.2 a scheme may also be named by a URI.
        if name not in known and not ("/" in name or "#" in name):
            found.setdefault(name, (node.at, []))[1].extend(operations)
    for name, (at, operations) in found.items():
        reach = tuple(use for one in operations for use in one.reach)
        yield Hit(at, f"there is no security scheme {name}", reach, name)


def _flows(scheme: Node) -> Iterator[Node]:
    flows = scheme.child("flows")
    for name in flows.members:
        yield flows.child(name)


def _oauth(subject: Subject) -> Iterator[tuple[str, Node, Node, frozenset[str], list[Operation]]]:
    """Where an oauth2 scheme is asked for: its name, where, the scheme, the scopes, the operations."""
    schemes = _schemes(subject)
    for name, node, scopes, operations in _asked(subject):
        scheme = schemes.get(name)
        if scheme is not None and scheme.members.get("type") == "oauth2":
            yield name, node, scheme, scopes, operations


def _unknown_scope(subject: Subject) -> Iterator[Hit]:
    found: dict[tuple[str, str], tuple[str, list[Operation]]] = {}
    for name, node, scheme, scopes, operations in _oauth(subject):
        known = {scope for flow in _flows(scheme) for scope in flow.child("scopes").members}
        for scope in sorted(scopes - known):
            found.setdefault((name, scope), (node.at, []))[1].extend(operations)
    for (name, scope), (at, operations) in found.items():
        reach = tuple(use for one in operations for use in one.reach)
        yield Hit(at, f"the scheme {name} offers no scope {scope}", reach, f"{name} {scope}")


def _no_scope(subject: Subject) -> Iterator[Hit]:
    found: dict[str, tuple[str, list[Operation]]] = {}
    for name, node, _, scopes, operations in _oauth(subject):
        if not scopes:
            found.setdefault(name, (node.at, []))[1].extend(operations)
    for name, (at, operations) in found.items():
        reach = tuple(use for one in operations for use in one.reach)
        yield Hit(at, f"{name} is asked for without a scope: every token of the issuer will do", reach, name)


def _key_in_query(subject: Subject) -> Iterator[Hit]:
    for name, scheme in _schemes(subject).items():
        if scheme.members.get("type") == "apiKey" and scheme.members.get("in") == "query":
            yield Hit(scheme.at, f"the scheme {name} sends its key in the query")


def _basic(subject: Subject) -> Iterator[Hit]:
    for name, scheme in _schemes(subject).items():
        if scheme.members.get("type") == "http" and str(scheme.members.get("scheme")).lower() in ("basic", "digest"):
            yield Hit(scheme.at, f"the scheme {name} sends a password with every call")


def _old_flow(subject: Subject) -> Iterator[Hit]:
    for name, scheme in _schemes(subject).items():
        for flow in ("implicit", "password"):
            if scheme.members.get("type") == "oauth2" and flow in scheme.child("flows").members:
                yield Hit(f"{scheme.at}/flows/{flow}", f"the scheme {name} offers the {flow} flow")


def _secret_parameter(subject: Subject) -> Iterator[Hit]:
    found: dict[str, tuple[str, list[Operation]]] = {}
    for one in subject.operations:
        for parameter in one.parameters:
            if parameter.location in ("query", "path") and _SECRET.fullmatch(parameter.name):
                found.setdefault(parameter.node.at, (parameter.name, []))[1].append(one)
    for at, (name, operations) in found.items():
        reach = tuple(use for one in operations for use in one.reach)
        yield Hit(at, f"the parameter {name} carries a credential in the URL", reach)


def _optional(subject: Subject) -> Iterator[Hit]:
    for one in subject.operations:
        requirement = in_force(subject.reading, one.node, None)
        if one.method in ("GET", "HEAD", "OPTIONS") or len(requirement.alternatives) < 2:
            continue
        if requirement.is_open:
            yield Hit(one.node.at, f"{one.name} asks for credentials and also goes without", one.reach, one.identity)


def _unused(subject: Subject) -> Iterator[Hit]:
    asked = {
        name for one in subject.every_operation
        for alternative in in_force(subject.reading, one.node, None).alternatives for name in alternative.scopes
    }  # fmt: skip
    for item in subject.reading.root.child("security").items():
        asked |= set(item.members)
    for name, scheme in _schemes(subject).items():
        if name not in asked:
            yield Hit(scheme.at, f"nothing asks for the security scheme {name}")


def _plain_http(subject: Subject) -> Iterator[Hit]:
    for server in subject.reading.root.child("servers").items():
        url = server.child("url").text
        if url.lower().startswith("http://") and not _LOCAL.match(url):
            yield Hit(f"{server.at}/url", f"the server {url} is reached without TLS", (), url)


_E, _W, _I = Severity.BREAKING, Severity.WARNING, Severity.INFO
_KEY: Final = {"type": "apiKey", "in": "header", "name": "X-Key"}
_OAUTH: Final = {
    "type": "oauth2",
    "flows": {"clientCredentials": {"tokenUrl": "https://login.example.com/token", "scopes": {"read": "Read."}}},
}


def _flow(name: str) -> dict[str, object]:
    urls = {"tokenUrl": "https://login.example.com/token", "authorizationUrl": "https://login.example.com/authorize"}
    return secured({"type": "oauth2", "flows": {name: {**urls, "scopes": {"read": "Read."}}}}, "read")


def _write(*alternatives: object) -> dict[str, object]:
    made = secured(_KEY)
    made["paths"] = {"/orders": {"post": {"security": list(alternatives), "responses": {}}}}
    return made


RULES: Final = (
    LintRule(
        "security-unstated", _E,
        "Nothing said is not the same as open: such an operation is not served. `security: []` says open on purpose.",
        "State `security` for the document or the operation.",
        Example(get(), get(security=[])), _unstated,
    ),
    LintRule(
        "security-scheme-unknown", _E,
        "A scheme that is not declared cannot be asked for: nobody can call.",
        "Declare it under components/securitySchemes, or name one that is there.",
        Example(document(security=[{"main": []}]), secured(_KEY)), _undefined,
    ),
    LintRule(
        "security-scope-unknown", _E,
        "A scope that no flow offers is in no token: nobody can call.",
        "Add it to the scopes of a flow, or ask for one that is there.",
        Example(secured(_OAUTH, "write"), secured(_OAUTH, "read")), _unknown_scope,
    ),
    LintRule(
        "security-scope-missing", _I,
        "Without a scope every token of the issuer will do, whatever it was made for.",
        "Name the scope that the operation needs.",
        Example(secured(_OAUTH), secured(_OAUTH, "read")), _no_scope,
    ),
    LintRule(
        "security-key-in-query", _W,
        "URLs are logged, kept in histories and sent on as Referer; a key in one is a key that leaks.",
        "Send it in a header.",
        Example(secured({**_KEY, "in": "query"}), secured(_KEY)), _key_in_query,
    ),
    LintRule(
        "security-password", _W,
        "A password that is sent with every call is bounded to no scope and no time; the gateway does not serve it.",
        "Use tokens or keys.",
        Example(secured({"type": "http", "scheme": "basic"}), secured({"type": "http", "scheme": "bearer"})), _basic,
    ),
    LintRule(
        "security-flow-outdated", _W,
        "The flows `implicit` and `password` are no longer to be used (RFC 9700): tokens and passwords leak in them.",
        "Offer authorizationCode with PKCE, or clientCredentials.",
        Example(_flow("implicit"), _flow("authorizationCode")), _old_flow,
    ),
    LintRule(
        "security-credential-parameter", _W,
        "A credential that is a parameter of the URL is logged wherever the URL is.",
        "Declare a security scheme that sends it in a header.",
        Example(query("access_token"), query("status")), _secret_parameter,
    ),
    LintRule(
        "security-optional", _W,
        "Where a write goes with and without credentials, a caller whose credentials are lost writes as nobody.",
        "Take the empty alternative out.",
        Example(_write({"main": []}, {}), _write({"main": []})), _optional,
    ),
    LintRule(
        "security-scheme-unused", _I,
        "A scheme that nothing asks for makes readers look for who needs it.",
        "Ask for it, or take it out.",
        Example(
            document(components={"securitySchemes": {"main": _KEY}}), secured(_KEY)
        ), _unused,
    ),
    LintRule(
        "server-without-tls", _W,
        "Without TLS everybody on the way reads and changes what is sent.",
        "Name an https address.",
        Example(
            document(servers=[{"url": "http://api.example.com"}]), document(servers=[{"url": "https://api.example.com"}])
        ), _plain_http,
    ),
)  # fmt: skip
