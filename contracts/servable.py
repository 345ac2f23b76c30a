"""What no gateway can serve as its contract states it, whatever the compiler can check."""

from dataclasses import dataclass

from contracts.sendable import may_be_sent
from contracts.views import Operation, Parameter, SchemeUse

_TOKEN = frozenset({"oauth2", "bearer"})


@dataclass(frozen=True, slots=True)
class Unservable:
    """Why an operation is listed by `check` and answers 501, and what to do about it."""

    code: str
    reason: str
    remedy: str


NO_SECURITY = Unservable(
    "no-security",
    "the operation states no security, and neither does the document",
    "name its security schemes, or write `security: []` where it is open on purpose",
)
NOT_PROVABLE = Unservable(
    "security-not-provable",
    "no caller can prove what its security asks for",
    "ask for OAuth 2.0, OpenID Connect, a bearer token, or an API key, by an overlay where the document is a vendor's; "
    "a call carries one credential, so a token and a key cannot be asked for together",
)
TRACE = Unservable(
    "trace",
    "the system would send back the head it got, and with it the gateway's credential",
    "leave it out of the contract",
)
NEVER_SENT = Unservable(
    "never-sent",
    "it requires a cookie or a header that no caller's call takes along to a system",
    "take the parameter out of the contract, by an overlay where the document is a vendor's: the gateway sends its own "
    "credential, session and routing headers, and passes no cookies on",
)
SEMICOLON = Unservable(
    "semicolon-in-path",
    "a path parameter of the style matrix begins with a semicolon, and a path that holds one is refused: some systems "
    "end the path there",
    "give the parameter the style simple, by an overlay where the document is a vendor's",
)
BATCH = Unservable(
    "odata-batch",
    "the calls inside an OData batch are not judged one by one",
    "leave it out of the contract, and let callers make the calls one by one",
)


def unservable(operation: Operation) -> Unservable | None:
    """Why the operation is not served; None where nothing but the compiler may object."""
    if operation.at_fault:
        return Unservable("vendor-fault", operation.at_fault, "correct it by an action of the overlay")
    if operation.security is None:
        return NO_SECURITY
    if operation.security and not any(_provable(alternative) for alternative in operation.security):
        return NOT_PROVABLE
    if operation.method == "TRACE":
        return TRACE
    if any(_lost(parameter) for parameter in operation.parameters):
        return NEVER_SENT
    if any(parameter.location == "path" and parameter.style == "matrix" for parameter in operation.parameters):
        return SEMICOLON
    return BATCH if operation.path.rsplit("/", 1)[-1].lower() in ("$batch", "%24batch") else None


def _lost(parameter: Parameter) -> bool:
    """Required, and dropped on the way: what the contract promises could not be kept."""
    if not parameter.required:
        return False
    return parameter.location == "cookie" or (
        parameter.location == "header" and not may_be_sent(parameter.name.lower().encode())
    )


def _provable(alternative: tuple[SchemeUse, ...]) -> bool:
    """Schemes that are asked for together are proven by one credential: a token, or a key."""
    kinds = {use.kind for use in alternative}
    return kinds <= _TOKEN or kinds == {"api_key"}
