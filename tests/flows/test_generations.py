"""Which generation of a client calls: told in the log, in metrics and to the consumer, and to no system."""

import http.client

import pytest
from portal_workspace import Portal


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    made = Portal(tmp_path_factory.mktemp("generations"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def digests(portal):
    cookie = portal.sign_in("insider")
    return {
        version: portal.get(f"/-/contracts/inner/{version}.json", cookie).header("contract-digest")
        for version in ("1.0", "1.1")
    }


def called(portal, digest, **headers):
    """The log's line of a call that states a digest."""
    stated = {} if digest is None else {"X-Contract-Digest": digest}
    sent = {"X-API-Key": portal.keys["insider"], "X-Entity": "one", **stated, **headers}
    portal.call("GET", "/inner/v1/canaryinternal-things", sent)
    return [line for line in portal.lines() if line.get("path")][-1]


def metric(portal, generation):
    connection = http.client.HTTPConnection("127.0.0.1", portal.health, timeout=10)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    wanted = f'tidewaiter_clients_total{{api="inner",generation="{generation}",version="1.1"}}'
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(wanted)), 0.0)


def test_each_generation_is_told(portal, digests):
    hostile = "sha256:CANARYTOLD-" + "f" * 53
    for digest, label, version in ((None, "none", None), (digests["1.1"], "current", "1.1"),
                                   (digests["1.0"], "older", "1.0"), (hostile, "unknown", "")):  # fmt: skip
        before = metric(portal, label)
        line = called(portal, digest)
        assert (line.get("generation", "none"), line.get("client_of")) == (label, version)
        assert metric(portal, label) == before + 1
    line = called(portal, digests["1.1"], **{"API-Version": "1.0"})
    assert (line["generation"], line["client_of"], line["version"]) == ("newer", "1.1", "1.0")
    assert "CANARYTOLD" not in portal.log.getvalue()


def test_a_consumer_is_told_of_its_older_clients(portal, digests):
    called(portal, digests["1.0"])
    called(portal, digests["1.1"])
    called(portal, "nothing")
    cookie = portal.sign_in("insider")
    page = ""
    for _ in range(50):  # the ledger's thread writes
        page = portal.get("/-/account", cookie).body.decode()
        if all(f"made from {words}" in page for words in ("version 1.0", "the contract as it is", "a contract that")):
            break
    assert "Calls come from a client that was made from version 1.0." in page
    assert '<a href="/-/apis/inner/1.1#client">A newer one</a>' in page
    assert page.index("version 1.0") < page.index("the contract as it is")
    assert "nothing" not in page.partition("Your clients")[2].partition("Your entities")[0]

    other = portal.get("/-/account", portal.sign_in("guest")).body.decode()
    assert "No call of the last 30 days" in other
