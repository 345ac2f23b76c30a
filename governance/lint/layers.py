"""Layers: a system API stays inside, an experience API is no product's, a process API hides nobody's entity."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from contracts import yaml12
from governance.finding import Severity, Use
from governance.lint.documents import document, query, takes
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject

_FILE: Final = "vendor_names.yaml"


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of products, each with the product that it is of."""

    names: dict[str, str]
    """In small letters."""
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    selectors: dict[str, str]
    """In small letters."""

    def product_of(self, name: str) -> str:
        """Whose own name it is; empty for nobody's."""
        found = self.names.get(name.lower())
        return found or next((product for pattern, product in self.patterns if pattern.fullmatch(name)), "")


@cache
def vendor_names() -> _Names:
    """The names of the data file."""
    text = resources.files(__package__).joinpath(_FILE).read_bytes()
    tree = yaml12.parse(text, _FILE)
    return _Names(
        {name.lower(): product for product, said in tree.items() for name in said["names"]},
        tuple((re.compile(pattern), product) for product, said in tree.items() for pattern in said["patterns"]),
        {name.lower(): product for product, said in tree.items() for name in said["selectors"]},
    )


def _named(subject: Subject) -> Iterator[tuple[str, str, str, tuple[Use, ...], bool]]:
    """Names that callers see: what it is, the name, its place, its reach, and whether callers send it."""
    parameters: dict[str, tuple[str, str, list[Use]]] = {}
    for one in subject.operations:
        for parameter in one.parameters:
            if parameter.location != "path":
                kind = f"the {parameter.location} parameter"
                parameters.setdefault(parameter.node.at, (kind, parameter.name, []))[2].extend(one.reach)
    for at, (kind, name, uses) in parameters.items():
        yield kind, name, at, tuple(uses), True
    bits: dict[str, tuple[str, int, int]] = {}
    values = subject.values
    for member in values.members:
        _, carried, sent = bits.get(member.at, ("", 0, 0))
        bits[member.at] = (member.name, carried | member.value.carried, sent | values.sent(member.value))
    for at, (name, carried, sent) in bits.items():
        yield "the property", name, at, values.reach(carried), bool(sent)


def _visible(subject: Subject) -> Iterator[Hit]:
    if subject.layer == "system" and subject.visibility in ("partner", "public"):
        reach = tuple(use for one in subject.operations for use in one.reach)
        message = f"a system API is visible to {'partners' if subject.visibility == 'partner' else 'everybody'}"
        yield Hit("/info", message, reach, "visibility")


def _vendor_fields(subject: Subject) -> Iterator[Hit]:
    if subject.layer != "experience":
        return
    names = vendor_names()
    for kind, name, at, reach, _ in _named(subject):
        product = names.product_of(name)
        if product:
            yield Hit(at, f"{kind} {name} is a name of {product}", reach)
    for path, one in {one.path: one for one in subject.operations}.items():
        for segment in path.strip("/").split("/"):
            product = names.product_of(segment) if "{" not in segment else ""
            if product:
                yield Hit(one.item.at, f"the segment {segment} is a name of {product}", one.reach, f"{path} {segment}")


def _hidden_selectors(subject: Subject) -> Iterator[Hit]:
    if subject.layer != "process":
        return
    selectors = vendor_names().selectors
    for kind, name, at, reach, sent in _named(subject):
        if sent and name.lower() in selectors:
            message = f"{kind} {name} selects a legal entity where the gateway does not see it"
            yield Hit(at, message, reach)


def _order(name: str) -> dict[str, object]:
    return takes({"type": "object", "properties": {name: {"type": "string"}}})


RULES: Final = (
    LintRule(
        "system-api-visible", Severity.BREAKING,
        "A system API shows one product's own model; who builds on it is bound to that product, and its next release "
        "breaks them.",
        "Give partners a process or experience API, and the system API `visibility: internal`.",
        Example(document(), document(), layer="system", visibility="partner", visibility_after="internal"), _visible,
    ),
    LintRule(
        "vendor-field", Severity.WARNING,
        "An experience API is made for those who use it. A name of one product ties them to it, and says nothing where "
        "another entity runs another.",
        "Name it as the business does, and map it below.",
        Example(_order("AccountingDocument"), _order("invoiceNumber"), layer="experience"), _vendor_fields,
    ),
    LintRule(
        "entity-selector-hidden", Severity.WARNING,
        "The gateway decides the entity by the credential, `X-Entity` or the path, and refuses what does not agree. A "
        "process API that takes it in a field of its own lets callers choose where no policy looks.",
        "Take the field out of what callers send; the entity's offer pins it.",
        Example(query("CompanyCode"), query("status"), layer="process"), _hidden_selectors,
    ),
)  # fmt: skip
