"""The example's contracts: every operation compiles, and nothing in them is declined."""

from pathlib import Path

import pytest

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import load_document
from contracts.settings import Bounds

ROOT = Path(__file__).resolve().parents[2] / "examples" / "meridian" / "contracts"
DOCUMENTS = sorted(path for path in ROOT.glob("*/*.yaml") if path.stem[0].isdecimal())


def test_there_are_contracts():
    assert len(DOCUMENTS) >= 3


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}@{path.stem}")
def test_every_operation_compiles_and_is_built(path):
    contract = read_contract(load_document(path))
    for operation in contract.operations:
        compiled = compile_operation(contract, operation, path.parent.name, path.stem, Bounds())
        compiled.build()
        assert compiled.ready
        values = tuple(b"" for _ in compiled.path_names)
        assert compiled.judge_request(values, b"", {}, b"").outcome in ("conforms", "violates")
        assert compiled.judge_answer(299, [], b"").outcome in ("conforms", "violates")
