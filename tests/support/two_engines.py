"""A schema as two engines judge it: the one of the product and Python's `jsonschema`, which shares nothing with it."""

import json
from decimal import Decimal
from typing import Any

import jsonschema

from contracts.engine import make_engine


def _exact(value: Any) -> Any:
    """Numbers as they are written: `multipleOf: 0.1` by binary floats is another question."""
    if isinstance(value, dict):
        return {name: _exact(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_exact(child) for child in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else Decimal(repr(value))
    return value


class TwoEngines:
    def __init__(self, schema: Any) -> None:
        self.valid = make_engine(schema).is_valid
        self._other = jsonschema.Draft202012Validator(
            _exact(schema), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )

    def both_take(self, value: Any) -> bool:
        verdicts = self.valid(value), self._other.is_valid(_exact(value))
        assert verdicts[0] == verdicts[1], (json.dumps(value, default=str), verdicts)
        return verdicts[0]
