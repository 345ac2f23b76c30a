"""The security of a contract, demanded in shape only: something must be there, and any value is taken."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.contract import Contract, Operation, SchemeUse
from contracts.document import UnresolvedReferenceError
from contracts.written import pointer_to
from policies.select import NOT_IDENTIFIED
from policies.step import Call, Refusal
from policies.target import name_of

Check = Callable[[Call], bool]


def bind_security(contract: Contract, operation: Operation, *, demanded: bool) -> Callable[[Call], None]:
    """Refuses a call that brings none of what the operation asks for; takes a key out of the query."""
    alternatives = [[_scheme(contract, use) for use in together] for together in operation.security or ()]
    checks = [[_check(scheme) for scheme in together] for together in alternatives]
    said = " or ".join(" and ".join(_words(scheme) for scheme in together) for together in alternatives)
    declared = {parameter.name for parameter in operation.parameters if parameter.location == "query"}
    keys = {
        str(scheme.get("name")).encode()
        for together in alternatives
        for scheme in together
        if scheme.get("type") == "apiKey" and scheme.get("in") == "query" and scheme.get("name") not in declared
    }
    ask = tuple({_challenge(scheme) for together in alternatives for scheme in together} - {b""})

    def security(call: Call) -> None:
        if demanded and checks and not any(all(check(call) for check in together) for together in checks):
            headers = tuple((b"www-authenticate", challenge) for challenge in sorted(ask))
            detail = f"The contract asks for {said}. The mock takes any value."
            raise Refusal(NOT_IDENTIFIED, detail, headers=headers, fault="gateway")
        if keys and call.query:
            call.query = b"&".join(part for part in call.query.split(b"&") if name_of(part) not in keys)

    return security


def _scheme(contract: Contract, use: SchemeUse) -> Mapping[str, Any]:
    """The scheme as written; empty where there is none of that name."""
    try:
        found = contract.document.resolve(f"/components/securitySchemes{pointer_to(use.name)}")
        found = contract.document.resolve(found["$ref"]) if isinstance(found, dict) and "$ref" in found else found
    except UnresolvedReferenceError:
        return {}
    return found if isinstance(found, dict) else {}


def _check(scheme: Mapping[str, Any]) -> Check:
    """Whether a call brings something of the scheme. What nobody can show on a plain connection is not asked for."""
    kind, name = scheme.get("type"), str(scheme.get("name"))
    if kind == "apiKey":
        place = scheme.get("in")
        if place == "query":
            raw = name.encode()
            return lambda call: any(name_of(p) == raw and p.partition(b"=")[2] for p in call.query.split(b"&"))
        if place == "cookie":
            begin = f"{name}=".encode()
            return lambda call: any(
                one.strip().startswith(begin) and one.strip() != begin
                for one in call.headers.get(b"cookie", b"").split(b";")
            )
        header = name.lower().encode()
        return lambda call: bool(call.headers.get(header, b"").strip())
    word = _word(scheme)
    if word:
        begin_of = f"{word.lower()} ".encode()
        return lambda call: (
            call.headers.get(b"authorization", b"").lower().startswith(begin_of)
            and bool(call.headers[b"authorization"][len(begin_of) :].strip())
        )
    return lambda _: True


def _word(scheme: Mapping[str, Any]) -> str:
    """What Authorization begins with; empty for a scheme that it has no part in."""
    if scheme.get("type") in ("oauth2", "openIdConnect"):
        return "Bearer"
    return str(scheme.get("scheme", "")).capitalize() if scheme.get("type") == "http" else ""


def _challenge(scheme: Mapping[str, Any]) -> bytes:
    word = _word(scheme)
    return f'{word} realm="tidewaiter mock"'.encode("ascii", "ignore") if word else b""


def _words(scheme: Mapping[str, Any]) -> str:
    if scheme.get("type") == "apiKey":
        return f"an API key in the {scheme.get('in')} `{scheme.get('name')}`"
    word = _word(scheme)
    return f"`Authorization: {word} ...`" if word else "nothing that a mock can ask for"
