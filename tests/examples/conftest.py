"""The simulators, started once for all tests here and set back before each."""

import base64

import pytest
from simulated import SECRETS, Simulated, options

SERVICE = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
ROOT = "/v2.0/meridian/production/api/v2.0"
COMPANY = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"


def _running(name, factory):
    made = Simulated(name, factory.mktemp(name))
    yield made
    assert made.stop() == 0, made.said


@pytest.fixture(scope="session")
def _s4(tmp_path_factory):
    yield from _running("s4hana", tmp_path_factory)


@pytest.fixture(scope="session")
def _bc(tmp_path_factory):
    yield from _running("business_central", tmp_path_factory)


@pytest.fixture(scope="session")
def _issuer(tmp_path_factory):
    yield from _running("issuer", tmp_path_factory)


class S4:
    """Calls the S/4HANA simulator as a well-behaved client does."""

    def __init__(self, simulated):
        self.simulated = simulated
        word = base64.b64encode(f"{SECRETS['S4_USER']}:{SECRETS['S4_PASSWORD']}".encode()).decode()
        self.basic = {"authorization": f"Basic {word}"}

    def target(self, path, **given):
        return f"{SERVICE}{path}?{options(**{'sap-client': '100', '_format': 'json', **given})}"

    def read(self, path, headers=None, **given):
        return self.simulated.call("GET", self.target(path, **given), {**self.basic, **(headers or {})})

    def session(self):
        got = self.read("/", {"x-csrf-token": "Fetch"})
        assert got.status == 200
        cookies = "; ".join(value.partition(";")[0] for value in got.all("set-cookie"))
        return {**self.basic, "x-csrf-token": got.header("x-csrf-token"), "cookie": cookies}

    def write(self, method, path, body=None, headers=None, session=None):
        given = {**(session or self.session()), "accept": "application/json", **(headers or {})}
        return self.simulated.call(method, self.target(path), given, body)


class BC:
    """Calls the Business Central simulator as a well-behaved client does."""

    def __init__(self, simulated):
        self.simulated = simulated

    def token(self):
        form = {"grant_type": "client_credentials", "client_id": SECRETS["BC_CLIENT_ID"]}
        body = options(**form, client_secret=SECRETS["BC_CLIENT_SECRET"]).encode()
        got = self.simulated.call("POST", "/token", {"content-type": "application/x-www-form-urlencoded"}, body)
        assert got.status == 200
        return {"authorization": f"Bearer {got.json['access_token']}"}

    def call(self, method, path, body=None, headers=None, token=None, **given):
        query = f"?{options(**given)}" if given else ""
        headers = {**(token or self.token()), **(headers or {})}
        return self.simulated.call(method, f"{ROOT}{path}{query}", headers, body)

    def read(self, path, headers=None, **given):
        return self.call("GET", path, None, headers, **given)


@pytest.fixture
def s4(_s4):
    _s4.control("reset", {"data": True})
    return S4(_s4)


@pytest.fixture
def bc(_bc):
    _bc.control("reset", {"data": True})
    return BC(_bc)


@pytest.fixture
def issuer(_issuer):
    _issuer.control("reset", {"data": True})
    return _issuer


@pytest.fixture
def orders():
    """The path of the company's orders in Business Central."""
    return f"/companies({COMPANY})/salesOrders"
