"""Spectral's core function `schema`: a value held against a JSON Schema of the rule, of any draft since 4."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from contracts.engine import Dialect, EngineRefusedError, first_error, make_engine
from contracts.path_text import Location
from governance.diff.wording import shown
from governance.lint.spectral.fault import RuleFaultError
from governance.lint.spectral.functions import Function, Judge, Options, Told
from governance.lint.spectral.javascript import UNDEFINED
from governance.lint.spectral.paths import TooManyError, members
from governance.lint.spectral.tree import Trees

NODES: Final = 100_000
"""The largest value that is held against a schema, with what its references lead to."""
_ERRORS: Final = 100
_SCHEMAS: Final[dict[str, Dialect]] = {
    "draft-04": "draft4",
    "draft-06": "draft6",
    "draft-07": "draft7",
    "2019-09": "draft2019-09",
    "2020-12": "draft2020-12",
}


class SchemaOptions(Options):
    """A JSON Schema, and how it is read."""

    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    """The schema."""
    dialect: Literal["auto", "draft4", "draft6", "draft7", "draft2019-09", "draft2020-12"] = "auto"
    """Its draft; `auto`: what its `$schema` says, else draft 7."""
    allErrors: bool = False  # noqa: N815 - Spectral's name
    """Whether every error is told, or the first one."""


def _schema(options: SchemaOptions) -> Judge:
    for reference in _references(options.schema_):
        if not reference.startswith("#"):
            message = f"the schema refers to {shown(reference)}, and no other file is read"
            raise RuleFaultError("schema", message, "write the schema into the rule")
    try:
        engine = make_engine(options.schema_, _dialect(options))
    except EngineRefusedError as error:
        message = f"the schema cannot be used: {error}"
        raise RuleFaultError("schema", message, "correct it, or leave the rule out by `without`") from None

    def judge(value: Any, trees: Trees) -> Iterator[Told]:
        if value is UNDEFINED:
            yield Told((), '#{{print("property")}}must exist')
            return
        finite = _finite(value, trees)
        found: list[Any]
        if options.allErrors:
            found = list(engine.iter_errors(finite))[:_ERRORS]
        else:
            one = first_error(engine, finite)
            found = [] if one is None else [one]
        for error in found:
            yield Told(tuple(error.instance_path), f'#{{{{print("property")}}}}is refused: {_words(error)}')

    return judge


def _words(error: Any) -> str:
    """What the engine says, which names no value."""
    text = " ".join(error.message.split())
    return text.removeprefix("the value ") if text.startswith("the value ") else text


def _dialect(options: SchemaOptions) -> Dialect:
    if options.dialect != "auto":
        return options.dialect
    stated = str(options.schema_.get("$schema", ""))
    return next((dialect for name, dialect in _SCHEMAS.items() if name in stated), "draft7")


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            yield value["$ref"]
        waiting += [inner for _, inner in members(value)]


def _finite(value: Any, trees: Trees) -> Any:
    """A copy in which a circle ends with the reference that closes it. Raises TooManyError for what is too large."""
    left = NODES

    def copy(one: Any, above: frozenset[int]) -> Any:
        nonlocal left
        if not isinstance(one, dict | list):
            return one
        if id(one) in above:
            return {"$ref": f"#{trees.written_at(one)}"}
        left -= 1 + len(one)
        if left < 0:
            raise TooManyError
        further = above | {id(one)}
        if isinstance(one, dict):
            return {key: copy(inner, further) for key, inner in one.items()}
        return [copy(inner, further) for inner in one]

    try:
        return copy(value, frozenset())
    except RecursionError:
        raise TooManyError from None


def place_of(location: Location, told: Told) -> Location:
    """Where in the document an error stands, the value standing at a location."""
    return told.below if told.from_root else (*location, *told.below)


SCHEMA: Final = Function(SchemaOptions, _schema)
