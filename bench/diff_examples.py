"""Failing examples put to validators that the product does not use: python's `jsonschema` with OpenAPI's dialects.

The schema is the document's own, found by method, path and message; nothing of the product's lowering is used. Where
these validators are known not to judge what a document states, the hole is named and counted; the rest is confirmed or
contradicted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from diff_messages import Finder, NotLocatedError
from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, OAS31Validator, OAS32Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

from governance.finding import Direction, Finding, Use

HOLES = {
    "format": "a format that they do not judge, or judge otherwise",
    "contentEncoding": "contentEncoding is not asserted",
    "contentMediaType": "contentMediaType is not asserted",
    "contentSchema": "contentSchema is not asserted",
    "discriminator": "a discriminator does not choose for them between alternatives that both fit",
    "readOnly": "readOnly is judged in 3.0 only, and not behind a reference",
    "writeOnly": "writeOnly is judged in 3.0 only, and not behind a reference",
}
ROOT = "urn:document"


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one failing example: `confirmed`, `contradicted`, `hole` or `not located`."""

    outcome: str
    detail: str = ""


def exact_multiple_of(validator: Any, divisor: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    """`multipleOf` in decimals: the library divides binary fractions."""
    del schema
    if validator.is_type(value, "number") and Decimal(str(value)) % Decimal(str(divisor)):
        yield ValidationError(f"{value!r} is not a multiple of {divisor}")


REPAIRED = {
    "multipleOf": exact_multiple_of,
    # OpenAPI's validators let a discriminator decide by name; by the specification it changes no outcome.
    **{keyword: Draft202012Validator.VALIDATORS[keyword] for keyword in ("allOf", "anyOf", "oneOf")},
}


def without_siblings(node: Any) -> Any:
    """A 3.0 document in which nothing stands beside a `$ref`: 3.0 takes no notice of it, the validators do."""
    if isinstance(node, list):
        return [without_siblings(child) for child in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    return {key: without_siblings(child) for key, child in node.items()}


class Opinion:
    """One document, ready to judge messages."""

    def __init__(self, tree: dict[str, Any]) -> None:
        version = str(tree.get("openapi", ""))
        self._old = version.startswith("3.0")
        self.tree = without_siblings(tree) if self._old else tree
        self.finder = Finder(self.tree)
        kinds = (OAS30WriteValidator, OAS30ReadValidator) if self._old else (OAS31Validator,) * 2
        if version.startswith("3.2"):
            kinds = (OAS32Validator,) * 2
        self._kinds = tuple(extend(kind, REPAIRED) for kind in kinds)
        resource = Resource(self.tree, DRAFT4 if self._old else DRAFT202012)
        self._registry = Registry().with_resource(ROOT, resource)

    def errors(self, use: Use, value: Any) -> list[ValidationError]:
        """Why the message is refused; empty where it is taken. Raises NotLocatedError."""
        method, path, where = use.method, use.path, use.where
        pointer = self.finder.schema(method, path, where)
        if not pointer:
            return []
        kind = self._kinds[use.direction is Direction.RESPONSE]
        reference = {"$ref": f"{ROOT}#{quote(pointer, safe='/~')}"}
        validator = kind(reference, registry=self._registry, format_checker=kind.FORMAT_CHECKER)
        found: list[ValidationError] = []
        for reading in readings(value, where):
            found = list(validator.iter_errors(reading))
            if not found:
                return []
        return found


def readings(value: Any, where: str) -> Iterator[Any]:
    """What the message may be read as: a parameter or header travels as text."""
    yield value
    if " parameter " not in f" {where}" and " header " not in where:
        return
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, (int, float)):
        yield str(value)
    elif isinstance(value, str):
        if value in ("true", "false"):
            yield value == "true"
        try:
            yield int(value)
        except ValueError:
            try:
                yield float(value)
            except ValueError:
                return


def deepest(errors: list[ValidationError]) -> Iterator[ValidationError]:
    """All errors with those inside them."""
    for error in errors:
        yield error
        yield from deepest(list(error.context or ()))


def _chosen(errors: list[ValidationError]) -> bool:
    """Whether several alternatives fit where a discriminator says which is meant."""
    waiting = list(errors)
    while waiting:
        error = waiting.pop()
        several = error.validator == "oneOf" and not error.context
        if several and isinstance(error.schema, dict) and "discriminator" in error.schema:
            return True
        waiting += error.context or []
    return False


def check(finding: Finding, old: Opinion, new: Opinion) -> Checked:
    """One finding's failing example against both versions."""
    example = finding.failing_example
    assert example is not None
    use = next((use for use in finding.reach if use.where == example.where), None)
    if use is None:
        use = Use(finding.method, finding.path, finding.direction, example.where)
    sides = {"old": old, "new": new}
    side = example.valid_in
    try:
        taken = sides[side].errors(use, example.value)
        side = example.refused_by
        refused = sides[side].errors(use, example.value)
    except NotLocatedError as error:
        return Checked("not located", f"{side}: {error}")
    except Exception as error:  # noqa: BLE001 - they raise what they like on a schema that is none
        return Checked("hole", f"they fail on the schema: {type(error).__module__}.{type(error).__name__}")
    if taken:
        kinds = [str(error.validator) for error in deepest(taken)]
        hole = next((HOLES[kind] for kind in kinds if kind in HOLES), "")
        hole = hole or (HOLES["discriminator"] if _chosen(taken) else "")
        said = f"{example.valid_in} refuses it: {taken[0].message[:200]}"
        return Checked("hole", hole) if hole else Checked("contradicted", said)
    if not refused:
        hole = next((HOLES[kind] for kind in HOLES if kind in f"{example.error} {finding.rule}"), "")
        return Checked("hole", hole) if hole else Checked("contradicted", f"{example.refused_by} takes it")
    return Checked("confirmed")
