"""A raw query cut into its parts, and the options among them. What is not changed keeps its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.odata_query.names import READ, REFUSED, option_of
from contracts.odata_query.tokens import ODataSyntaxError
from contracts.parameters import UnreadableError, text_of


class UnknownOptionError(ODataSyntaxError):
    """An option of a name that neither OData nor the contract knows. `name` is as it came, decoded."""

    def __init__(self, name: str) -> None:
        super().__init__("", 0, "the contract does not declare this query option")
        self.name = name


@dataclass(frozen=True, slots=True)
class Part:
    """One `name=value` of a query, with what it stands for. `option`: as `names.option_of` says."""

    raw: bytes
    name: str
    option: str | None
    value: bytes
    """As it came."""

    def text(self) -> str:
        """The decoded value; `+` is a space, as every ERP's server reads it. Raises ODataSyntaxError."""
        try:
            return text_of(self.value, plus=True)
        except UnreadableError as error:
            raise ODataSyntaxError(self.option or "", 0, error.words) from None


def parts_of(query: bytes) -> list[Part]:
    """The parts in the order in which they came; empty ones are left out. Raises ODataSyntaxError for a bad name."""
    found: list[Part] = []
    for raw in query.split(b"&"):
        if raw:
            name_bytes, _, value = raw.partition(b"=")
            try:
                name = text_of(name_bytes, plus=True)
            except UnreadableError as error:
                raise ODataSyntaxError("", 0, f"the name of a parameter: {error.words}") from None
            found.append(Part(raw, name, option_of(name), value))
    return found


def options_of(parts: list[Part], spelled: Mapping[str, str], own: frozenset[str] = frozenset()) -> dict[str, Part]:
    """The options by their names with `$`, aliases by their own.

    `spelled` says which are taken and how each is written; `own` are the service's names, no options. Raises
    UnknownOptionError for a name that is none, ODataSyntaxError for another option, another spelling, and one given
    twice, whatever the spellings.
    """
    found: dict[str, Part] = {}
    for part in parts:
        option = part.option
        if option is None or part.name in own:
            continue
        shown = option if option in READ or option in REFUSED else ""
        if option in REFUSED:
            raise ODataSyntaxError(shown, 0, "this query option is not taken")
        if option in found:
            raise ODataSyntaxError(shown, 0, "it is given twice, maybe in two spellings")
        wanted = spelled.get(option)
        if wanted is None and not shown:
            raise UnknownOptionError(part.name)
        if wanted is None:
            raise ODataSyntaxError(shown, 0, "the contract does not declare this query option")
        if part.name != wanted:
            raise ODataSyntaxError(shown, 0, f"write its name as the contract does: `{wanted}`")
        found[option] = part
    return found


def with_value(parts: list[Part], name: str, value: bytes) -> bytes:
    """The query with one parameter set: in its place where it is given, else at the end."""
    field: Final = name.encode() + b"=" + value
    changed = [field if part.name == name else part.raw for part in parts]
    if not any(part.name == name for part in parts):
        changed.append(field)
    return b"&".join(changed)
