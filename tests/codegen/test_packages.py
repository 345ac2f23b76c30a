"""Packages of the example's contracts: whole, typed, the same bytes each time, their own tests pass."""

import ast
import os
import subprocess
import sys
import zipfile

import pytest
from generated_client import MERIDIAN, ROOT, generate, load, typed

NAMES = ("stock@1.1", "sales-orders@1.1", "business-central@2.0", "directory@1.0")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    return {name: generate(name, folder, MERIDIAN) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_can_be_called(made, name):
    out, description = made[name]

    client = load(out).Client("http://127.0.0.1:9")
    assert description.left_out == ()
    for resource in description.resources:
        for operation in resource.operations:
            assert callable(getattr(getattr(client, resource.name), operation.name))


USER = """
from datetime import UTC, datetime
from decimal import Decimal

from meridian_business_central import Client as Central
from meridian_business_central import inputs as central
from meridian_stock import ApiKey, AsyncClient, Client, Token, enums, errors, inputs, models


def reserve(client: Client) -> models.Reservation:
    wanted = inputs.NewReservation(material="PUMP-40", plant="1710", quantity="2", valid_until=datetime.now(UTC))
    answer = client.answer(client.reservations.create_reservation, wanted)
    tag: str | None = answer.etag
    kept: models.Reservation = answer.value
    unit: enums.ReservationUnit = kept.unit
    until: datetime = kept.valid_until
    if unit is enums.ReservationUnit.PC and tag and until:
        return kept
    raise LookupError


async def look(client: AsyncClient) -> list[str]:
    try:
        answer = await client.answer(client.stock.get_stock, "PUMP-40")
    except errors.RateLimitedProblem as error:
        raise SystemExit(f"{error.retry_after_seconds} {error.correlation_id}") from None
    except errors.StatusError as error:
        problem = error.value_as(models.Problem)
        raise SystemExit(problem.title if problem else error.effect) from None
    return [row.material for row in answer.value.stock]


def amounts(client: Central) -> Decimal:
    order = central.NewOrder(
        customer_number="10000",
        sales_order_lines=[central.NewLine(line_type="Item", line_object_number="HOSE-10", quantity=2)],
    )
    client.orders.create_sales_order(order)
    found = [one.total_amount_including_tax for one in client.orders.iterate_sales_orders(top=3)]
    return sum((one for one in found if one is not None), Decimal(0))


Client(auth=[Token("a"), ApiKey("b")], entity="mde").with_options(entity=None).stock.list_stock(material=["PUMP-40"])
"""
WRONG = {
    'Client(auth="token")': 'Argument "auth"',
    "Client().stock.get_stock(material=40)": 'Argument "material"',
    'Client().stock.get_stock("PUMP-40").stock[0].colour': 'no attribute "colour"',
    'inputs.NewReservation(material="a", plant="b", quantity="1")': 'Missing named argument "valid_until"',
    'inputs.NewReservation(material="a", plant="b", quantity="1", valid_until=datetime.now(UTC), of="x")': '"of"',
    "Client().reservations.create_reservation()": 'Missing positional argument "body"',
}


def test_what_is_generated_and_what_uses_it_is_typed_strictly(made, tmp_path):
    right, wrong = tmp_path / "right_use.py", tmp_path / "wrong_use.py"
    right.write_text(USER)
    wrong.write_text(USER + "".join(f"{line}\n" for line in WRONG))

    outs = [out for out, _ in made.values()]
    assert typed(*outs, files=[right]) == ""
    told = typed(*outs, files=[wrong])
    assert told.count("error:") == len(WRONG)
    assert [word for word in WRONG.values() if word not in told] == []


def test_the_same_contract_gives_the_same_bytes(made, tmp_path):
    """In another process, another folder, with another hash seed, from YAML and from JSON."""
    command = [sys.executable, "-m", "governance.cli.main", "client", "sales-orders@1.1", "-w", str(MERIDIAN)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, "--out", str(tmp_path / "again")], env=environment, check=True, capture_output=True)

    first, second = made["sales-orders@1.1"][0], tmp_path / "again"
    names = sorted(
        path.relative_to(first) for path in first.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    assert len(names) > 30
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []


def test_a_wheel_of_it_holds_all_that_it_needs(made, tmp_path):
    out, _ = made["stock@1.1"]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=out, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("meridian_stock-1.1.0-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"meridian_stock/py.typed", "meridian_stock/double.json", "meridian_stock/_runtime/core.py"} <= names
    assert not any(name.startswith(("tests", "contract")) for name in names)


def test_the_generator_needs_neither_the_client_s_http_library_nor_itself_before_it_is_asked():
    code = "import sys, codegen.package, governance.cli.client; print({'httpx2', 'datamodel_code_generator', 'jsonschema_rs.x'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "set()"


def test_a_package_s_own_tests_pass_and_its_readme_runs(made):
    out, _ = made["stock@1.1"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml"],
        cwd=out, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    readme = (out / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    ast.parse(code)
    assert "client.stock.list_stock(material=['PUMP-40', 'SEAL-08'])" in code
    assert 'Token(os.environ["TOKEN"])' in code
