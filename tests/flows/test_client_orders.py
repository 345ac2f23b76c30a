"""Generated clients run an order's whole way through the real gateway to the simulated ERPs, waiting and on a loop."""

import asyncio
import os
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from generated_client import ROOT, generate, load
from meridian import QuickFleet

from governance.demo.calls import Caller
from governance.demo.process import free_ports

SCOPES = "sales-orders.read sales-orders.write sales-orders.delete orders.read orders.write master-data.read stock.read"


class Example:
    """The running example, and clients of its contracts made from its own workspace."""

    def __init__(self, fleet, folder):
        self.fleet = fleet
        self._folder = folder
        self._made = {}

    def package(self, name):
        """A client's package, once for each contract; versions of one api go by the same name."""
        if name not in self._made:
            out, _ = generate(name, self._folder / name, self.fleet.folder / "workspace")
            self._made[name] = load(out)
        return self._made[name]

    def settings(self, package, api, consumer="webshop", scopes=SCOPES, **more):
        """Arguments of a client that gets its tokens from the issuer."""
        auth = package.ClientCredentials(
            consumer, "unused", scopes=scopes.split(), sent_as="form",
            token_url=f"http://127.0.0.1:{self.fleet.ports['issuer']}/token",
        )  # fmt: skip
        return {"base_url": f"{self.fleet.url}/{api}", "auth": auth, **more}

    def control(self, system, path, body=None):
        return self.fleet.control(system, path, body)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("runtime"))
    try:
        with QuickFleet(free_ports(1)[0], with_valkey=False) as fleet:
            _wait(fleet)
            yield Example(fleet, tmp_path_factory.mktemp("clients"))
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def _wait(fleet):
    """Until workers answer: the port is open before they take calls."""
    for _ in range(200):
        try:
            return Caller(fleet).call("GET", "/")
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the gateway takes no calls")


@pytest.fixture(scope="module")
def sales(example):
    return example.package("sales-orders@1.1")


@pytest.fixture
def client(example, sales):
    with sales.Client(**example.settings(sales, "sales-orders/v1", entity="mde")) as made:
        yield made


def new_order(package, **more):
    return package.inputs.NewOrder(
        sales_order_type="OR", distribution_channel="10", organization_division="00", sold_to_party="17100001",
        to_item=[package.inputs.NewItem(material="PUMP-40", requested_quantity="2")], **more,
    )  # fmt: skip


def test_an_order_is_placed_changed_and_withdrawn(sales, client):
    placed = client.orders.create_sales_order(new_order(sales, purchase_order_by_customer="PO-77"))
    number = placed.d.sales_order
    assert isinstance(placed.d.total_net_amount, Decimal)

    read = client.answer(client.orders.get_sales_order, number)
    assert read.value.d.purchase_order_by_customer == "PO-77"
    change = sales.inputs.OrderChange(purchase_order_by_customer="PO-78")
    assert client.orders.change_sales_order(number, change, if_match=read.etag) is None

    with pytest.raises(sales.errors.PreconditionFailed) as told:
        client.orders.change_sales_order(number, change, if_match=read.etag)
    assert told.value.correlation_id
    with pytest.raises(sales.errors.NotModified):
        client.orders.get_sales_order(number, if_none_match=client.answer(client.orders.get_sales_order, number).etag)

    tag = client.answer(client.orders.get_sales_order, number).etag
    client.orders.delete_sales_order(number, if_match=tag)
    with pytest.raises(sales.errors.NotFound):
        client.orders.get_sales_order(number)


def test_the_asynchronous_client_goes_the_same_way(example, sales):
    async def way():
        async with sales.AsyncClient(**example.settings(sales, "sales-orders/v1", entity="mde")) as client:
            placed = await client.orders.create_sales_order(new_order(sales))
            number = placed.d.sales_order
            tag = (await client.answer(client.orders.get_sales_order, number)).etag
            change = sales.inputs.OrderChange(delivery_block_reason="01")
            await client.orders.change_sales_order(number, change, if_match=tag)
            with pytest.raises(sales.errors.PreconditionFailed):
                await client.orders.change_sales_order(number, change, if_match=tag)
            return [order.sales_order async for order in client.orders.iterate_sales_orders()]

    numbers = asyncio.run(way())

    assert len(numbers) == len(set(numbers)) > 50


def test_pages_are_walked_by_sealed_links(client):
    numbers = [order.sales_order for order in client.orders.iterate_sales_orders(inlinecount="allpages")]
    pages = list(client.orders.iterate_sales_orders(top=40).pages())

    assert len(numbers) == len(set(numbers)) > 50
    assert [len(page.d.results) for page in pages] == [20, 20]


def test_what_is_wrong_is_told_with_its_places(sales, client):
    order = new_order(sales)
    order.to_item[0].requested_quantity = "two"

    with pytest.raises(sales.errors.RequestViolatesContractProblem) as told:
        client.orders.create_sales_order(order)

    (place,) = told.value.errors
    assert (place.pointer, place.rule, told.value.effect) == ("/to_Item/0/RequestedQuantity", "pattern", "none")
    assert "two" not in str(told.value)


def test_a_token_that_is_no_good_any_more_is_replaced_and_the_call_goes_on(example, sales):
    events = []
    settings = example.settings(sales, "sales-orders/v1", entity="mde", on_event=events.append)
    with sales.Client(**settings) as client:
        client.orders.get_sales_order("4711")
        settings["auth"]._token = "old.token.nobody-takes"
        placed = client.orders.create_sales_order(new_order(sales))

    assert placed.d.sales_order
    assert [(one.status, one.problem) for one in events] == [(200, ""), (401, "invalid-token"), (201, "")]


def test_an_exhausted_limit_is_waited_for_and_then_told(example, sales):
    waits = []
    settings = example.settings(sales, "sales-orders/v1", "edi-hub", entity="mde", api_version="1.1")
    with sales.Client(**settings, retries=sales.Retries(most=1, sleep=waits.append)) as client:
        for _ in range(4):
            client.orders.get_sales_order("4711")
        with pytest.raises(sales.errors.RateLimitedProblem) as told:
            client.orders.get_sales_order("4711")

    assert len(waits) == 1
    assert 1 <= waits[0] <= 61
    assert told.value.retry_after_seconds >= 1
    assert "ratelimit" in told.value.headers


@pytest.mark.parametrize(("fault", "effect", "sent"), [("down-after", "unknown", 1), ("429", "none", 4)])
def test_a_write_is_sent_again_only_where_it_had_no_effect(example, sales, fault, effect, sent):
    """What the gateway proves to be without effect is tried again; what may have been done is told, and done once."""
    events = []
    settings = example.settings(sales, "sales-orders/v1", entity="mde", on_event=events.append)
    example.control("s4-eu", "reset", {})
    with sales.Client(**settings, retries=sales.Retries(most=3, sleep=lambda _: None)) as client:
        client.orders.create_sales_order(new_order(sales))
        example.control("s4-eu", "misbehave", {"fault": fault, "times": -1, "match": {"method": "POST"}})
        before = example.control("s4-eu", "state")["rows"]["A_SalesOrder"]
        events.clear()
        try:
            with pytest.raises(sales.errors.ServerError) as told:
                client.orders.create_sales_order(new_order(sales))
            made = example.control("s4-eu", "state")["rows"]["A_SalesOrder"] - before
        finally:
            example.control("s4-eu", "reset", {})

    assert (told.value.effect, len(events)) == (effect, sent)
    assert made == (1 if effect == "unknown" else 0)


def test_a_deprecated_version_warns_once_and_a_retired_one_is_gone(example):
    old = example.package("sales-orders@1.0")
    retired = example.package("stock@1.0")
    settings = example.settings(old, "sales-orders/v1", entity="mde", api_version="1.0")
    with warnings.catch_warnings(record=True) as told, old.Client(**settings) as client:
        warnings.simplefilter("always")
        for _ in range(3):
            client.orders.get_sales_order("4711")
    key = retired.ApiKey(example.fleet.keys["portal"])
    with (
        retired.Client(f"{example.fleet.url}/stock/v1", auth=key, api_version="1.0") as client,
        pytest.raises(retired.errors.Gone),
    ):
        client.api.list_stock(material="PUMP-40")

    (warning,) = [one for one in told if issubclass(one.category, old.errors.DeprecatedVersionWarning)]
    assert "1.0" in str(warning.message)
    assert "2027" in str(warning.message)


def test_many_calls_at_once(example, sales):
    async def many():
        async with sales.AsyncClient(**example.settings(sales, "sales-orders/v1", entity="mde")) as client:
            return await asyncio.gather(*(client.orders.get_sales_order("4711") for _ in range(60)))

    with (
        sales.Client(**example.settings(sales, "sales-orders/v1", entity="mde")) as client,
        ThreadPoolExecutor(20) as pool,
    ):
        threads = list(pool.map(lambda _: client.orders.get_sales_order("4711"), range(60)))

    assert {one.d.sales_order for one in (*threads, *asyncio.run(many()))} == {"4711"}


def test_the_other_erp_speaks_odata_4_and_numbers_keep_their_digits(example):
    central = example.package("business-central@2.0")
    with central.Client(**example.settings(central, "business-central/v2", entity="mna")) as client:
        order = central.inputs.NewOrder(
            customer_number="10000",
            sales_order_lines=[
                central.inputs.NewLine(line_type="Item", line_object_number="HOSE-10", quantity=Decimal("1.5"))
            ],
        )
        placed = client.orders.create_sales_order(order)
        lines = client.orders.list_sales_order_lines(placed.id)
        every = [one.number for one in client.orders.iterate_sales_orders(top=30)]

    assert placed.status == central.enums.OrderStatus.DRAFT or placed.status.is_known
    assert lines.value[0].quantity == Decimal("1.5")
    assert isinstance(placed.total_amount_including_tax, Decimal)
    assert len(every) == 30


def test_the_gateway_s_own_document_gives_the_same_client(example, tmp_path):
    """By its address; what only signed-in consumers see is fetched by them and piped in."""
    public = f"{example.fleet.url}/-/contracts/directory/1.0.yaml"
    out, by_url = generate(public, tmp_path, prefix="meridian")
    _, by_name = generate("directory@1.0", tmp_path / "named", example.fleet.folder / "workspace")
    package = load(out)

    assert out.name == "meridian-directory"
    assert by_url.digest == by_name.digest == package.CONTRACT
    assert by_url.base_url == f"{example.fleet.url}/directory/v1"
    with package.Client() as client:
        assert client.api.list_companies() is not None

    key = {"X-API-Key": example.fleet.keys["portal"]}
    fetched = Caller(example.fleet).call("GET", "/-/contracts/stock/1.1.json", key)
    command = [
        sys.executable,
        "-m",
        "governance.cli.main",
        "client",
        "-",
        "--prefix",
        "meridian",
        "--out",
        str(tmp_path / "piped"),
    ]
    ran = subprocess.run(command, input=fetched.body, capture_output=True, check=False, cwd=ROOT)
    assert (fetched.status, ran.returncode) == (200, 0), ran.stderr
    assert (tmp_path / "piped" / "src" / "meridian_stock_and_reservations").is_dir()
