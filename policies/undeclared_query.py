"""Names that callers sent, as problems tell them back; and the refusal of those that the contract does not know."""

import re
from collections.abc import Iterable

from contracts.wording import nearest
from policies.step import Problem, Refusal

QUERY_NOT_DECLARED = Problem(
    "query-not-declared",
    400,
    "The contract does not know this query parameter",
    "Leave it out, or use a name that the contract declares; names are compared with capitals. This holds whether "
    "or not the contract is enforced otherwise.",
)


def shown_name(name: bytes) -> str:
    """A name that is safe to show: bounded, and nothing in it but what can be seen."""
    return re.sub(r"[^\x21-\x7e]", "?", name[:64].decode("utf-8", "replace"))


def not_declared(shown: str, taken: Iterable[bytes]) -> Refusal:
    """The refusal; it names the nearest of what may be taken. `shown` is safe to show, and stays out of logs."""
    close = nearest(shown, (name.decode("utf-8", "replace") for name in taken))
    message = "is not declared" + (f"; write `{close}`" if close is not None else "")
    member = {"pointer": shown, "location": "query", "rule": "declared", "message": message}
    return Refusal(QUERY_NOT_DECLARED, f"`{shown}` {message}.", errors=(member,), fault="gateway")
