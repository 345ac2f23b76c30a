"""A generated client calls a mock of its contract: what the contract's examples say comes back typed."""

import asyncio
from datetime import UTC, datetime

import pytest
from generated_client import MERIDIAN, generate, load
from mock_thread import MockThread


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    out, _ = generate("stock@1.1", tmp_path_factory.mktemp("client"), MERIDIAN)
    return load(out)


@pytest.fixture(scope="module")
def url():
    mock = MockThread(MERIDIAN / "contracts" / "stock" / "1.1.yaml")
    yield f"http://127.0.0.1:{mock.port}"
    mock.stop()


def test_a_call_gives_the_contract_s_type(stock, url):
    with stock.Client(url, auth=stock.Token("any")) as client:
        found = client.stock.get_stock("PUMP-40")

    (row,) = found.stock
    assert isinstance(row, stock.models.Stock)
    assert (row.available, row.unit) == ("25", stock.enums.StockUnit.PC)
    assert row.as_of == datetime(2026, 2, 3, 6, tzinfo=UTC)


def test_a_body_is_sent_and_the_head_of_the_answer_can_be_had(stock, url):
    order = stock.inputs.NewReservation(
        material="PUMP-40", plant="1710", quantity="2", valid_until=datetime(2026, 2, 10, 18, tzinfo=UTC)
    )
    with stock.Client(url, auth=stock.Token("any")) as client:
        answer = client.answer(client.reservations.create_reservation, order)

    assert (answer.status, answer.value.id) == (201, "R-2000417")
    assert answer.headers["location"].endswith("/reservations/R-2000417")


def test_what_is_refused_is_an_exception_of_its_problem_with_its_places(stock, url):
    with (
        stock.Client(url, auth=stock.Token("any")) as client,
        pytest.raises(stock.errors.RequestViolatesContractProblem) as told,
    ):
        client.reservations.get_reservation("none")

    assert isinstance(told.value, stock.errors.BadRequest)
    (place,) = told.value.errors
    assert (place.location, place.pointer, place.rule) == ("path", "reservationId", "pattern")
    assert "none" not in str(told.value)


def test_the_asynchronous_client_does_the_same(stock, url):
    async def calls():
        async with stock.AsyncClient(url, auth=stock.Token("any")) as client:
            return await asyncio.gather(*(client.stock.get_stock("PUMP-40") for _ in range(5)))

    assert {found.stock[0].material for found in asyncio.run(calls())} == {"PUMP-40"}
