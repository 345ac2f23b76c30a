"""What all operations share: the store, the fault that is switched on, ETags, and refusals that return."""

from dataclasses import dataclass
from typing import Any

from asked import Answer, Asked, RefusedError
from fields import Choice, Number, Text
from store import Store

AMOUNT = Number("0", "9999999999.99", "0.01")
COUNTRY = Text(pattern="[A-Z]{2}")
CURRENCY = Choice(("EUR", "USD", "GBP", "CHF"))
SKU = Text(pattern="[A-Z]{2,8}-[0-9]{2,4}")
_TAG = Text(pattern='(W/)?"[0-9A-Za-z._-]{1,40}"')


@dataclass(frozen=True, slots=True)
class Books:
    """The system's data and ways. `fault` is the planted fault, or `none`."""

    store: Store
    fault: str
    weak_tags: bool = False
    minimal: bool = False
    """Whether a change is answered with 204 in place of the record."""

    def faulty(self, name: str) -> bool:
        """Whether the fault of this name is switched on."""
        return self.fault == name

    def etag(self, version: int) -> tuple[str, str]:
        """The header for a record of this version."""
        return "ETag", f'{"W/" if self.weak_tags else ""}"v{version}"'

    def changed(self, value: dict[str, Any], version: int) -> Answer:
        """The answer to a change."""
        return Answer(204, None, [self.etag(version)]) if self.minimal else Answer(200, value, [self.etag(version)])


def condition(asked: Asked) -> str:
    """What `If-Match` says. Raises RefusedError where it is missing or malformed."""
    sent = asked.header("if-match")
    if sent is None:
        raise RefusedError(428, "tag_needed", "A change needs If-Match.")
    if _TAG.rule(sent):
        raise RefusedError(400, "not_as_agreed", "The call does not keep to the contract.", [("If-Match", "pattern")])
    return sent.removeprefix("W/")


def compare(tag: str, version: int) -> None:
    """Raise RefusedError unless the tag is of this version."""
    if tag != f'"v{version}"':
        raise RefusedError(412, "somebody_was_quicker", "The record was changed since it was read.")


def not_there() -> RefusedError:
    """No such record in this division."""
    return RefusedError(404, "not_there", "There is no such record.")


def conflict(message: str) -> RefusedError:
    """The state of a record does not allow it."""
    return RefusedError(409, "not_in_this_state", message)
