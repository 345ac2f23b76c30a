"""The simulated ERP of bench/planted: clean without a fault, each fault is there, each odd variant conforms."""

import http.client
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import load_document
from contracts.selftest import probes_of
from contracts.settings import Bounds

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "bench" / "planted"


def read(name):
    return yaml.safe_load((PLANTED / name).read_text(encoding="utf-8"))


FAULTS = read("faults.yaml")
VARIANTS = read("variants.yaml")
SAMPLES = read("samples.yaml")
KEY = read("secrets.yaml")["NORTH_KEY"]
APIS = ("trade", "prices", "archive")
CONTRACTS = {api: read_contract(load_document(PLANTED / "workspace" / "contracts" / api / "1.0.yaml")) for api in APIS}
OPERATIONS = {
    operation.operation_id: compile_operation(contract, operation, api, "1.0", Bounds())
    for api, contract in CONTRACTS.items()
    for operation in contract.operations
}
TEMPLATES = {
    name: re.compile(re.sub(r"\\\{\w+\\\}", "([^/]*)", re.escape(operation.template)))
    for name, operation in OPERATIONS.items()
}


class Reply:
    """One answer. `judged` and `asked` are the judgements of the answer and of the request by the contract."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def value(self):
        return json.loads(self.body)


class System:
    """A process of its own."""

    def __init__(self, folder, fault="none", variant=0):
        command = [
            sys.executable, str(PLANTED / "system.py"), "--port", "0", "--fault", fault, "--variant", str(variant),
            "--state", str(folder),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        word, port = self.process.stdout.readline().split()
        assert word == "ready"
        self._line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
        self.replies = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._line.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0
        self.process.stdout.close()

    def call(self, method, target, body=None, media="application/json", key=KEY, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["X-API-Key"] = key
        if body is not None:
            sent["Content-Type"] = media
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._line.request(method, target, body, sent)
        answer = self._line.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        path, _, query = target.partition("?")
        for name, template in TEMPLATES.items():
            found = template.fullmatch(path)
            if found is not None and OPERATIONS[name].method == method:
                self._judge(name, reply, found.groups(), query, sent, body)
        return reply

    def _judge(self, name, reply, values, query, sent, body):
        pairs = [(key.lower().encode(), value.encode("latin-1")) for key, value in reply.headers]
        reply.operation = name
        reply.judged = OPERATIONS[name].judge_answer(reply.status, pairs, reply.body, every=True)
        lower = {key.lower().encode(): value.encode("latin-1") for key, value in sent.items()}
        lower[b"content-length"] = str(len(body or b"")).encode()
        raw = tuple(value.encode("latin-1") for value in values)
        reply.asked = OPERATIONS[name].judge_request(raw, query.encode(), lower, body or b"")
        self.replies.append(reply)

    def get(self, target, **more):
        return self.call("GET", target, **more)

    def tag(self, target):
        return self.get(target).header("etag")

    def change(self, target, body, tag=None):
        return self.call("PATCH", target, body, If_Match=tag or self.tag(target))

    def violations(self):
        """(operation, rule) of each answer that is not as the contract says."""
        return [
            (reply.operation, violation.rule)
            for reply in self.replies
            for violation in reply.judged.violations
            if reply.judged.outcome != "conforms"
        ]


def new_order(**members):
    return {"party_id": "P100001", "lines": [{"sku": "PUMP-40", "quantity": 2}], **members}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    with System(tmp_path_factory.mktemp("clean")) as system:
        yield system


# Each script makes the calls that show one fault, and says whether it was seen.


def emoji_500(system):
    new = system.call("POST", "/100/parties", {"name": "Øresund 🚢", "country": "DK"})
    changed = system.change("/100/parties/P100002", {"city": "Köln 🏭"})
    return new.status == changed.status == 500


def empty_file_500(system):
    return system.call("PUT", "/archive/empty.bin", b"", media="application/octet-stream").status == 500


def login_redirect(system):
    reply = system.get("/100/shipments/S100999")
    return reply.status == 302 and "/login" in reply.header("location")


def html_refusal(system):
    party = system.call("POST", "/100/orders", new_order(party_id="P100999"))
    article = system.call("POST", "/100/orders", new_order(lines=[{"sku": "NONE-00", "quantity": 1}]))
    assert party.status == article.status == 422
    return all(reply.header("content-type").startswith("text/html") for reply in (party, article))


def price_comma(system):
    prices = {row["sku"]: row["unit_price"] for row in system.get("/prices?division=100&limit=50").value["items"]}
    assert prices["SEAL-08"] == 3
    return prices["PUMP-55"] == "1.240,00"


def hold_status(system):
    changed = system.change("/100/orders/O100004", {"hold": True})
    read = system.get("/100/orders/O100004").value
    listed = [row for row in system.get("/100/orders?limit=200").value["items"] if row["order_id"] == "O100004"]
    return changed.value["status"] == read["status"] == listed[0]["status"] == "on_hold"


def no_location(system):
    reply = system.call("POST", "/100/orders", new_order())
    assert reply.status == 201
    return reply.header("location") is None


def error_with_200(system):
    states = {row["order_id"]: row["status"] for row in system.get("/100/orders?limit=200").value["items"]}
    assert [states[name] for name in ("O100001", "O100005", "O100006")] == ["shipped", "cancelled", "invoiced"]
    replies = [system.change(f"/100/orders/{name}", {"remark": "x"}) for name in ("O100001", "O100005", "O100006")]
    assert all("error" in reply.value for reply in replies)
    return [reply.status for reply in replies] == [200] * 3


def negative_quantity(system):
    below = system.call("POST", "/100/orders", new_order(lines=[{"sku": "PUMP-40", "quantity": -2}]))
    zero = system.call("POST", "/100/orders", new_order(lines=[{"sku": "PUMP-40", "quantity": 0}]))
    return below.status == zero.status == 201


def name_cut(system):
    reply = system.change("/100/parties/P100003", {"name": "n" * 61})
    return reply.status == 200 and reply.value["name"] == "n" * 60


def reference_35_refused(system):
    assert system.call("POST", "/100/orders", new_order(customer_reference="r" * 34)).status == 201
    assert system.call("POST", "/100/orders", new_order(customer_reference="r" * 36)).status == 400
    return system.call("POST", "/100/orders", new_order(customer_reference="r" * 35)).status == 400


def shipments_open(system):
    missing, wrong = system.get("/100/shipments", key=None), system.get("/100/shipments", key="wrong")
    assert system.get("/100/shipments/S100001", key=None).status == 401
    return missing.status == wrong.status == 200


def changed_since_crosses(system):
    target = "/100/parties?page_size=100&changed_since=2026-01-01T00:00:00Z"
    owners = {row["division"] for row in system.get(target).value["items"]}
    plain = {row["division"] for row in system.get("/100/parties?page_size=100").value["items"]}
    assert plain == {"100"}
    return owners == {"100", "200"}


def order_crosses(system):
    assert system.get("/200/orders/O200001").status == 200
    assert system.get("/100/parties/P200001").status == 404
    reply = system.get("/100/orders/O200001")
    return reply.status == 200 and reply.value["division"] == "200"


def price_crosses(system):
    before = system.get("/prices?division=200&sku=VALVE-20").value["items"]
    assert system.call("PUT", "/prices/VALVE-20?division=100", {"currency": "EUR", "unit_price": 77.7}).status == 200
    return system.get("/prices?division=200&sku=VALVE-20").value["items"] != before


def bank_details(system):
    party = system.get("/100/parties/P100001").value
    assert party["payment_terms"] == "direct_debit"
    assert "z_bank_iban" not in system.get("/100/parties/P100002").value
    return "z_bank_iban" in party


def sql_in_error(system):
    reply = system.get("/100/parties?changed_since=yesterday")
    assert reply.status == 400
    return "SELECT" in reply.value["error"]["message"]


def stale_tag_accepted(system):
    old = system.tag("/100/parties/P100008")
    assert system.change("/100/parties/P100008", {"credit_limit": 1}, old).status == 200
    return system.change("/100/parties/P100008", {"credit_limit": 2}, old).status == 200


def page_loses(system):
    seen, after = [], ""
    while after is not None:
        page = system.get(f"/100/orders?limit=6{after and '&after='}{after}").value
        seen += [row["order_id"] for row in page["items"]]
        after = page.get("next")
    whole = [row["order_id"] for row in system.get("/100/orders?limit=200").value["items"]]
    assert len(whole) == len(set(whole)) < 200
    return seen != whole


def delete_forgets(system):
    assert system.call("DELETE", "/100/parties/P100042").status == 204
    return system.get("/100/parties/P100042").status == 200


SCRIPTS = {
    name.replace("_", "-"): script
    for name, script in list(globals().items())
    if callable(script) and name.replace("_", "-") in {row["name"] for row in FAULTS}
}

STATUS_KINDS = {
    "server error", "undocumented status", "drift", "accepted rubbish", "refused valid call", "ignored authentication",
    "another entity's data", "leak", "secrets in errors", "other",
}  # fmt: skip


def test_the_manifest_is_whole():
    assert len(FAULTS) == len({row["name"] for row in FAULTS}) == len(SCRIPTS) == 20
    assert {row["kind"] for row in FAULTS} == STATUS_KINDS
    assert all(set(row["operations"]) <= set(OPERATIONS) for row in FAULTS)
    assert [row["number"] for row in VARIANTS] == list(range(1, 11))


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row["name"])
def test_a_fault_is_there_and_is_the_only_one(row, clean, tmp_path):
    with System(tmp_path, row["name"]) as system:
        assert SCRIPTS[row["name"]](system) is True
        walk(system)
    assert {name for name, _ in system.violations()} <= set(row["operations"])
    assert {reply.operation for reply in system.replies if not as_asked(reply)} <= set(row["operations"])
    assert SCRIPTS[row["name"]](clean) is False


def test_the_clean_system_stays_clean_under_all_scripts(clean):
    for script in SCRIPTS.values():
        if script is not delete_forgets:
            assert script(clean) is False
    assert clean.violations() == []
    assert [reply.operation for reply in clean.replies if not as_asked(reply)] == []


def as_asked(reply):
    """Whether a call that breaks the contract was refused as such, and no other."""
    refused = reply.status in (400, 415, 428)
    return reply.status in (401, 413) or refused == (reply.asked.outcome == "violates")


def walk(system):
    """Each operation, with what it takes and what it refuses. Answers the statuses, in order."""
    sent = [
        *parties_walk(system),
        *orders_walk(system),
        system.get("/100/shipments"),
        system.get("/100/shipments?status=delivered"),
        system.get("/100/shipments?order_id=O100002"),
        system.get("/100/shipments?status=lost"),
        system.get("/100/shipments/S100002"),
        system.get("/100/shipments/S999999"),
        system.get("/100/shipments", key=None),
        *prices_walk(system),
        *archive_walk(system),
    ]
    return [reply.status for reply in sent]


def parties_walk(system):
    at = "/100/parties"
    new = system.call("POST", at, {"name": "Walk", "country": "DE", "city": None, "credit_limit": 1.5})
    yield new
    there = new.header("location") or f"{at}/P100046"
    for query in ("", "?page=2&page_size=7", "?name=weber&country=DE", "?blocked=true", "?page=1000",
                  "?changed_since=2026-02-01T00:00:00Z"):  # fmt: skip
        yield system.get(at + query)
    for query in ("?page=0", "?page_size=101", "?page=1.5", "?country=Germany", "?colour=red", "?page=1&page=2",
                  "?blocked=maybe", "?name=", "?changed_since=2026-02-30T00:00:00Z"):  # fmt: skip
        yield system.get(at + query)
    for body in ({}, {"name": "x"}, {"name": "", "country": "DE"}, {"name": "x", "country": "DE", "vip": True},
                 {"name": "x", "country": "DE", "credit_limit": -1}, {"name": 7, "country": "DE"}, [], b"{"):  # fmt: skip
        yield system.call("POST", at, body)
    yield system.call("POST", at, b"name=x", media="application/x-www-form-urlencoded")
    yield system.get(there)
    yield system.get(f"{at}/P999999")
    yield system.get(f"{at}/7")
    yield system.get("/999/parties")
    yield system.get(at, key="wrong")
    tag = system.tag(there)
    yield system.change(there, {"city": "Emden", "payment_terms": "prepaid"}, tag)
    yield system.change(there, {"city": "Leer"}, '"v77"')
    yield system.change(there, {"city": "Leer"}, "v1")
    yield system.call("PATCH", there, {"city": "Leer"})
    yield system.change(there, {})
    yield system.change(there, {"party_id": "P100001"})
    yield system.call("DELETE", there)
    yield system.call("DELETE", there)
    yield system.call("DELETE", f"{at}/P100003")


def orders_walk(system):
    at = "/100/orders"
    yield system.get(at)
    for query in ("?limit=7&after=2026-01-08.O100014", "?status=open&party_id=P100003", "?limit=200",
                  "?ordered_from=2026-01-10&ordered_to=2026-01-09", "?after=2029-01-01.O999999"):  # fmt: skip
        yield system.get(at + query)
    for query in ("?limit=201", "?status=lost", "?after=O100014", "?ordered_from=2026-13-01"):
        yield system.get(at + query)
    new = system.call("POST", at, SAMPLES["one"]["trade@1.0"]["bodies"]["placeOrder"][1])
    yield new
    there = new.header("location") or f"{at}/O100061"
    for members in ({"lines": []}, {"party_id": "1"}, {"requested_delivery": "soon"}, {"remark": "x" * 501},
                    {"lines": [{"sku": "PUMP-40", "quantity": 1.0001}]}, {"currency": "EUR"}):  # fmt: skip
        yield system.call("POST", at, new_order(**members))
    yield system.call("POST", at, new_order(party_id="P100999"))
    yield system.call("POST", at, new_order(party_id="P100004"))
    yield system.get(there)
    yield system.get(f"{at}/O200001")
    yield system.change(there, {"requested_delivery": "2026-06-01", "hold": False})
    yield system.change(f"{at}/O100001", {"remark": "late"})
    yield system.change(there, {"status": "invoiced"})
    yield system.change(there, {"hold": True}, '"v77"')


def prices_walk(system):
    for query in ("?division=100", "?division=100&sku=PUMP&limit=2&offset=1", "?division=100&currency=USD", "",
                  "?division=999", "?division=1000", "?division=100&limit=51"):  # fmt: skip
        yield system.get("/prices" + query)
    price = {"currency": "EUR", "unit_price": 12.25}
    yield system.call("PUT", "/prices/NEW-01?division=100", price)
    yield system.call("PUT", "/prices/NEW-01?division=100", price | {"valid_from": "2026-03-01"})
    yield system.call("PUT", "/prices/NEW-01?division=100", price | {"unit_price": "12,25"})
    yield system.call("PUT", "/prices/new?division=100", price)
    yield system.call("PUT", "/prices/NEW-01", price)


def archive_walk(system):
    content = bytes(range(256)) * 40
    for media in ("application/octet-stream", "application/pdf", "text/plain"):
        yield system.call("PUT", "/archive/walk.bin", content, media=media)
    read = system.get("/archive/walk.bin")
    assert (read.body, read.header("content-type")) == (content, "application/pdf")
    yield read
    yield system.get("/archive/drawings.bin")
    yield system.get("/archive/none.bin")
    yield system.get("/archive/none.exe")
    yield system.call("PUT", "/archive/walk.bin", content, media="application/pdf", key=None)
    yield system.call("PUT", "/archive/large.bin", b"x" * 4_194_305, media="application/octet-stream")


@pytest.fixture(scope="module")
def plain_walk(tmp_path_factory):
    with System(tmp_path_factory.mktemp("plain")) as system:
        statuses = walk(system)
        assert system.violations() == []
        assert [r.operation for r in system.replies if not as_asked(r)] == []
        return statuses


def test_the_walk_meets_every_operation_and_every_documented_answer(tmp_path):
    with System(tmp_path) as system:
        walk(system)
        met = Counter((reply.operation, str(reply.status)) for reply in system.replies)
    stated = {
        (operation.operation_id, status)
        for contract in CONTRACTS.values()
        for operation in contract.operations
        for status in operation.responses
    }
    by_status = {status for _, status in met}
    assert {name for name, _ in met} == set(OPERATIONS)
    assert by_status == {status for _, status in stated}


ODD = {
    1: lambda r: r.value["items"][0].keys().__iter__().__next__() == "changed_at",
    2: lambda r: r.header("set-cookie") is not None and r.header("server") is not None,
    4: lambda r: len(r.body) > 20_000 and b"E-" in r.body,
    5: lambda r: r.header("transfer-encoding") == "chunked" and r.header("content-length") is None,
    6: lambda r: any(name == "CONTENT-TYPE" for name, _ in r.headers),
    7: lambda r: r.body.isascii() and b"\\ud83d" in r.body,
}
"""What is odd in an answer to listParties, by variant."""


@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: row["name"])
def test_a_variant_is_odd_and_conforms(row, plain_walk, tmp_path):
    number = row["number"]
    with System(tmp_path, variant=number) as system:
        statuses = walk(system)
        other = [system.get(f"/200/{name}") for name in ("parties", "orders", "shipments")]
        other.append(system.get("/prices?division=200"))
        page, party = system.get("/100/parties?page_size=100"), system.get("/100/parties/P100001")
        changed = system.change("/100/parties/P100001", {"credit_limit": 5})
        priced = system.call("PUT", "/prices/SEAL-08?division=100", {"currency": "CHF", "unit_price": 4})
        assert system.violations() == []
        assert all(as_asked(reply) for reply in system.replies)

    changes = [204 if status == 200 else status for status in statuses]
    expected = plain_walk if number != 10 else [204 if s == 200 else s for s in plain_walk]
    assert (changes if number == 10 else statuses) == expected
    assert [bool(reply.value["items"]) for reply in other] == [number != 8] * 4
    assert party.header("etag").startswith("W/") == (number == 9)
    assert (changed.status, priced.status) == ((204, 204) if number == 10 else (200, 200))
    assert number not in ODD or ODD[number](page)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_breaks_one_keyword_is_refused_and_what_breaks_none_is_not(name, clean):
    operation = OPERATIONS[name]
    contract = CONTRACTS[operation.api]
    requests, _ = probes_of(contract.document.tree, contract.version, operation.pointer, 400)
    assert requests.good is not None
    for probe in (requests.good, *requests.bad):
        message = probe.message
        path = operation.template.format_map({name: value.decode("latin-1") for name, value in message.path.items()})
        query = f"?{message.query_bytes.decode()}" if message.query else ""
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in message.headers.items() if k != b"content-type"}
        media = message.headers.get(b"content-type", b"").decode()
        body = message.body if media else None
        reply = clean.call(operation.method, path + query, body, media=media, **headers)
        assert as_asked(reply), (probe.keyword, probe.pointer, reply.status)


def test_data_outlive_the_process_and_companies_begin_alike(tmp_path):
    with System(tmp_path) as system:
        made = system.call("POST", "/200/parties", {"name": "Stays", "country": "FR"}).header("location")
    with System(tmp_path, "no-location") as system:
        assert system.get(made).value["name"] == "Stays"
        assert system.get(made.replace("/200/", "/100/")).status == 404


@pytest.mark.parametrize("entity", ["one", "two"])
def test_samples_are_real(entity, clean):
    division = {"one": "100", "two": "200"}[entity]
    trade = SAMPLES[entity]["trade@1.0"]
    for name, kind in (("party_id", "parties"), ("order_id", "orders"), ("shipment_id", "shipments")):
        found = [clean.get(f"/{division}/{kind}/{key}").status for key in trade["parameters"][name]]
        assert set(found) == {200}
    for body in trade["bodies"]["createParty"]:
        assert clean.call("POST", f"/{division}/parties", body).status == 201
    for body in trade["bodies"]["placeOrder"]:
        assert clean.call("POST", f"/{division}/orders", body).status == 201
    for body in SAMPLES[entity]["prices@1.0"]["bodies"]["setPrice"]:
        assert clean.call("PUT", f"/prices/GASKET-100?division={division}", body).status == 200


def test_what_cannot_start_says_why(tmp_path):
    command = [
        sys.executable,
        str(PLANTED / "system.py"),
        "--port",
        "0",
        "--state",
        str(tmp_path),
        "--fault",
        "nothing",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "invalid choice: 'nothing'" in ended.stderr
