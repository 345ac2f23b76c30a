"""`pins` of an offer: the selectors that fix the entity inside a system that several entities share.

The gateway puts them in; the published contract does not show them. All offers of one contract version pin the same
places, only the values differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.model import Written, fault

Value = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""What a pin is set to."""
Member = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
"""The name of a member of a record."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


class Same(Written):
    """Records that lie inside another one and repeat these members of it, so that they are proven with it."""

    same: tuple[Member, ...] = Field(min_length=1)
    """The members that are repeated."""


Nested = Literal["own", "part", "address"] | Same
"""How what lies inside a record is proven.

`own`: it names the entity itself, like any record. `part`: it is a value of the record, no record of its own.
`address`: the address of the call keeps it inside the entity. `same`: it repeats members of the record around it.
"""


class RecordPin(Written):
    """The field that names the entity in each record."""

    field: Member
    """The member of each record that names the entity; consumers never see it."""
    value: Value
    """What it holds in the entity's own records."""
    type: Literal["string", "guid", "number"] = "string"
    """How the value is written in `$filter`."""
    unchanging: bool = False
    """The system never changes the field of a record that is there. Without it, nothing is added to a record."""


class Proof(Written):
    """How the records of one operation are proven. One of both."""

    own: bool = False
    """Each record names the entity itself."""
    parent: str | None = Field(None, pattern="^/")
    """The address, in the operation's own parameters, of a record that names the entity for all of them."""
    same: tuple[Member, ...] = ()
    """Members of that record which each record of the answer repeats."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.own == (self.parent is not None):
            message, remedy = "a proof is either `own` or `parent`", "write `own: true`, or `parent: /...`"
            raise fault("wrong-value", message, remedy)
        if self.own and self.same:
            raise fault("wrong-value", "`same` compares with a `parent`", "take it out", "same")
        return self


class Pins(Written):
    """Selectors by place, each with its value."""

    path: dict[str, Value] = Field(default_factory=dict)
    """By path parameter of the contract. A segment with no other parameter drops out of the published path."""
    query: dict[str, Value] = Field(default_factory=dict)
    """By query parameter: the value put on each call. A contract that declares it is published without it."""
    header: dict[str, Value] = Field(default_factory=dict)
    """By header: the value put on each call. A contract that declares it is published without it."""
    body: dict[Member, Value] = Field(default_factory=dict)
    """Members put into the bodies of writes."""
    record: RecordPin | None = None
    """The field of each record that names the entity, where the address of a call does not."""
    proofs: dict[str, Proof] = Field(default_factory=dict)
    """By operation id: how records are proven that do not name the entity."""
    nested: dict[Member, Nested] = Field(default_factory=dict)
    """By member: how what lies inside records is proven. `$expand` takes these and no others."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in self.header:
            if not _HEADER.fullmatch(name):
                raise fault("wrong-value", "a pinned header has a name that no header has", "correct it", "header")
        for place in ("path", "query", "header", "body"):
            names = [name.casefold() for name in getattr(self, place)]
            if len(set(names)) != len(names):
                message = f"two pins under `{place}` differ in capitals only: systems take them for one"
                raise fault("duplicate", message, "keep one of them", place)
        if (self.proofs or any(how != "address" for how in self.nested.values())) and self.record is None:
            message = "there is nothing to prove without `record`"
            raise fault("wrong-value", message, "say which field names the entity: `record: {field, value}`")
        if "address" in self.nested.values() and not self.in_address:
            message = "nothing in the address names the entity"
            raise fault("wrong-value", message, "pin a path segment, a query parameter or a header", "nested")
        record = self.record
        if record is not None and self.body.get(record.field, record.value) != record.value:
            message = f"`body` sets {record.field} to something else than `record` asks for"
            raise fault("wrong-value", message, "write the same value at both places", "body")
        return self

    @property
    def in_address(self) -> bool:
        """Whether the head of each call names the entity, if only its path does."""
        return bool(self.path or self.query or self.header)

    @property
    def places(self) -> "Places":
        """What is pinned, without the values."""
        return Places(
            frozenset(self.path),
            frozenset(self.query),
            frozenset(name.lower() for name in self.header),
            frozenset(self.body),
            self.record.field if self.record else "",
        )

    @property
    def values(self) -> tuple[tuple[str, str, str], ...]:
        """(place, name, value), sorted: equal for offers that see the same data."""
        stated = [
            (place, name.lower() if place == "header" else name, value)
            for place in ("path", "query", "header", "body")
            for name, value in getattr(self, place).items()
        ]
        if self.record is not None:
            stated.append(("record", self.record.field, self.record.value))
        return tuple(sorted(stated))


@dataclass(frozen=True, slots=True)
class Places:
    """What the offers of one contract version pin: names, no values."""

    path: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()
    header: frozenset[str] = frozenset()
    body: frozenset[str] = frozenset()
    record: str = ""

    @property
    def members(self) -> frozenset[str]:
        """Members of records and bodies that consumers never see."""
        return self.body | ({self.record} if self.record else set())

    def __bool__(self) -> bool:
        """Whether anything is pinned at all."""
        return bool(self.path or self.query or self.header or self.members)

    def __str__(self) -> str:
        """In words, for messages."""
        said = [f"{place} {name}" for place in ("path", "query", "header", "body")
                for name in sorted(getattr(self, place))]  # fmt: skip
        return ", ".join([*said, *([f"record {self.record}"] if self.record else [])]) or "nothing"


class PinValues(Written):
    """Values of pins in one environment, in place of those of the entity's file."""

    path: dict[str, Value] = Field(default_factory=dict)
    """By path parameter: the value there."""
    query: dict[str, Value] = Field(default_factory=dict)
    """By query parameter: the value there."""
    header: dict[str, Value] = Field(default_factory=dict)
    """By header: the value there."""
    body: dict[Member, Value] = Field(default_factory=dict)
    """By member of a body: the value there."""
    record: Value | None = None
    """Also of the body member of the same name."""

    def strangers(self, pins: Pins) -> list[tuple[str, str]]:
        """(place, name) of what these pins do not pin."""
        found = [
            (place, name)
            for place in ("path", "query", "header", "body")
            for name in getattr(self, place)
            if name not in getattr(pins, place)
        ]
        return found + ([("record", "")] if self.record is not None and pins.record is None else [])


def with_values(pins: Pins, values: PinValues) -> Pins:
    """The pins with an environment's values laid over them."""
    updates: dict[str, object] = {}
    for place in ("path", "query", "header", "body"):
        old: Mapping[str, str] = getattr(pins, place)
        updates[place] = {**old, **{k: v for k, v in getattr(values, place).items() if k in old}}
    if values.record is not None and pins.record is not None:
        updates["record"] = pins.record.model_copy(update={"value": values.record})
        body = dict(pins.body if not values.body else updates["body"])  # type: ignore[call-overload]
        if pins.record.field in body:
            body[pins.record.field] = values.record
        updates["body"] = body
    return pins.model_copy(update=updates)
