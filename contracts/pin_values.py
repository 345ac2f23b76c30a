"""Whether the contract's own parameter takes the value of a pin: no call of a consumer is judged by it any more."""

from urllib.parse import quote

from contracts.arguments import plan_argument
from contracts.contract import Contract
from contracts.definition import Declined
from contracts.engine import EngineRefusedError, make_engine
from contracts.judging_values import Found, judge_value
from contracts.odata import quoted_parameters
from contracts.schema import Lowering

_DEPTH = 8


def value_fault(contract: Contract, place: str, name: str, value: str) -> str:
    """What the contract expects of this path parameter, query parameter or header; empty where the value fits.

    Empty, too, where no operation declares it, or where its schema cannot be checked: `check` tells that elsewhere.
    """
    folded = name.lower() if place == "header" else name
    for operation in contract.operations:
        for parameter in operation.parameters:
            named = parameter.name.lower() if place == "header" else parameter.name
            if parameter.location != place or named != folded:
                continue
            lowering = Lowering(contract.document, contract.version, "request")
            found = Found()
            try:
                argument = plan_argument(parameter, lowering, _DEPTH, quoted=name in quoted_parameters(operation.path))
                if argument is None or argument.key is None:
                    return ""
                engines = {argument.key: make_engine(lowering.plain(argument.key))}
            except (Declined, EngineRefusedError):
                return ""
            raw = value.encode() if place == "header" else quote(value, safe="").encode()
            judge_value(
                {name: [raw]} if place == "query" else raw, argument.readings, argument.key, engines, lowering,
                argument.place, argument.name, argument.pointer, found,
            )  # fmt: skip
            return found.violations[0].message if found.violations else ""
    return ""
