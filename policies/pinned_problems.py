"""Problems of pinned offers that more than one step raises."""

from policies.step import Problem, Refusal
from policies.undeclared_query import shown_name

ENTITY_SELECTOR = Problem(
    "entity-selector-refused",
    403,
    "The call names an entity inside the system",
    "Leave the selector out: the gateway sets it for the entity that your credential, or X-Entity, stands for. "
    "Names are compared in any case and encoding; the detail says where it stood.",
)
OPTION_NOT_PROVEN = Problem(
    "option-not-proven",
    403,
    "The query asks for records that nothing proves to be the entity's own",
    "Leave the option out. `$expand` takes what the offer declares with how it is proven; lambdas, aliases, `$root`, "
    "`$apply`, `$compute`, `$search` and delta tokens are not taken where entities share a system.",
)
OPTION_UNREADABLE = Problem(
    "option-unreadable",
    400,
    "A query option cannot be read",
    "Correct the option that the detail names; its grammar is that of OData, in the version of the API.",
)


def selector(name: str, place: str) -> Refusal:
    """The refusal of a selector: its name as it was sent, never its value. Names that callers sent stay out of logs."""
    shown = shown_name(name.encode("utf-8", "replace"))
    member = {"pointer": shown, "location": place, "rule": "selector", "message": "the gateway sets it; leave it out"}
    return Refusal(
        ENTITY_SELECTOR, f"`{shown}` in the {place}: {member['message']}.", errors=(member,), fault="gateway"
    )


def beyond(name: str) -> Refusal:
    """The refusal of an option that leads to records of which nothing is proven."""
    shown = shown_name(name.encode("utf-8", "replace"))
    member = {
        "pointer": shown,
        "location": "query",
        "rule": "beyond",
        "message": "reaches beyond the record: leave it out",
    }
    return Refusal(OPTION_NOT_PROVEN, f"`{shown}` {member['message']}.", errors=(member,), fault="gateway")
