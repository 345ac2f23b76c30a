"""Every fault does what its line says, once for each time that was asked for, and only to requests that match."""

import contextlib
import gzip
import hashlib
import http.client
import json
import socket
import time

import pytest
from simulated import EXAMPLE

HOST = "vhcala4hci.dmz.example"
NEW = {
    "SalesOrderType": "OR", "SalesOrganization": "1710", "DistributionChannel": "10", "OrganizationDivision": "00",
    "SoldToParty": "17100001",
}  # fmt: skip
BROKEN = (OSError, http.client.HTTPException)


def raw(s4, timeout=5):
    """All bytes of an answer, until the connection ends."""
    with socket.create_connection(("127.0.0.1", s4.simulated.port), timeout) as sock:
        target = s4.target("/A_SalesOrder('4711')")
        sock.sendall(f"GET {target} HTTP/1.1\r\nhost: a\r\nauthorization: {s4.basic['authorization']}\r\n\r\n".encode())
        parts = []
        while part := sock.recv(65536):
            parts.append(part)
        return b"".join(parts)


def order(s4):
    return s4.read("/A_SalesOrder('4711')")


def test_each_fault_is_named_and_told_apart(s4, bc):
    for simulated, least in ((s4.simulated, 35), (bc.simulated, 35)):
        faults = simulated.control("faults")["faults"]
        assert len({fault["name"] for fault in faults}) == len(faults) >= least
        assert all(fault["summary"] for fault in faults)


@pytest.mark.parametrize("fault", ["down", "down-after"])
def test_no_byte_is_answered(s4, fault):
    s4.simulated.misbehave(fault)
    with pytest.raises(BROKEN):
        order(s4)
    assert order(s4).status == 200


@pytest.mark.parametrize(
    ("fault", "options", "applied"),
    [
        ("down", {}, False),
        ("down-after", {}, True),
        ("cut", {}, True),
        ("cut", {"applied": False}, False),
        ("wrong-length", {}, True),
        ("504", {}, True),
        ("503", {}, False),
        ("html", {}, False),
        ("200-with-error", {}, False),
        ("unknown-status", {}, True),
    ],
)
def test_whether_a_write_took_effect(s4, fault, options, applied):
    session = s4.session()
    s4.simulated.misbehave(fault, match={"method": "POST"}, **options)
    with contextlib.suppress(BROKEN):
        s4.write("POST", "/A_SalesOrder", NEW, session=session)
    assert s4.simulated.control("state")["rows"]["A_SalesOrder"] == 80 + applied


def test_slow(s4):
    s4.simulated.misbehave("slow", seconds=0.4)
    began = time.monotonic()
    assert order(s4).status == 200
    assert time.monotonic() - began >= 0.4


def test_drip_gives_all_of_it_in_the_end(s4):
    s4.simulated.misbehave("drip", seconds=0.0001)
    assert order(s4).json["d"]["SalesOrder"] == "4711"


def test_stall_keeps_the_connection_and_says_nothing_more(s4):
    s4.simulated.misbehave("stall", seconds=60)
    with pytest.raises(TimeoutError):
        raw(s4, timeout=0.5)


@pytest.mark.parametrize(
    ("fault", "begins", "ends"),
    [
        ("cut", b"HTTP/1.1 200", None),
        ("cut-chunked", b"HTTP/1.1 200", b"}\r\n"),
        ("bad-chunk", b"HTTP/1.1 200", b"0\r\n\r\n"),
        ("garbage", b"\x15\x03\x03", b"ESMTP\r\n"),
        ("early-hints", b"HTTP/1.1 103", b"}}"),
        ("two-answers", b"HTTP/1.1 200", b'{"stray":"answer"}'),
        ("early-answer", b"HTTP/1.1 413", b"\r\n\r\n"),
    ],
)
def test_what_is_on_the_wire(s4, fault, begins, ends):
    s4.simulated.misbehave(fault)
    got = raw(s4)
    assert got.startswith(begins)
    if ends is not None:
        assert got.endswith(ends)
    else:
        assert len(got.partition(b"\r\n\r\n")[2]) < int(got.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])


def test_lengths_that_lie(s4):
    s4.simulated.misbehave("two-lengths")
    assert raw(s4).lower().count(b"content-length: ") == 2
    for more in (64, -10):
        s4.simulated.misbehave("wrong-length", more=more)
        head, _, body = raw(s4).partition(b"\r\n\r\n")
        assert int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) == len(body) + more


def test_what_is_too_large(s4):
    s4.simulated.misbehave("huge-head", bytes=200_000)
    with pytest.raises(http.client.LineTooLong):
        order(s4)
    s4.simulated.misbehave("huge-body", bytes=300_000)
    assert len(order(s4).body) > 300_000
    s4.simulated.misbehave("gzip-bomb", bytes=5_000_000)
    got = order(s4)
    assert got.header("content-encoding") == "gzip"
    assert len(got.body) < 10_000
    assert len(gzip.decompress(got.body)) > 5_000_000


def test_pages_instead_of_data(s4):
    s4.simulated.misbehave("html")
    got = order(s4)
    assert (got.status, got.header("content-type")) == (200, "text/html; charset=utf-8")
    assert HOST.encode() in got.body
    s4.simulated.misbehave("redirect", to="https://elsewhere.example/x")
    got = order(s4)
    assert (got.status, got.header("location")) == (302, "https://elsewhere.example/x")


def test_bodies_that_are_not_right(s4):
    s4.simulated.misbehave("empty")
    got = order(s4)
    assert (got.status, got.body, got.header("content-type")) == (200, b"", "application/json")
    s4.simulated.misbehave("bad-json")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        _ = order(s4).json
    s4.simulated.misbehave("byte-order-mark")
    assert order(s4).body.startswith(b"\xef\xbb\xbf{")
    s4.simulated.misbehave("wrong-type")
    assert order(s4).all("content-type") == ["text/plain"]
    s4.simulated.misbehave("unknown-status")
    assert order(s4).status == 299
    s4.simulated.misbehave("200-with-error")
    assert order(s4).json["error"]["code"]


def test_drift(s4):
    s4.simulated.misbehave("drift-type", member="TotalNetAmount")
    assert order(s4).json["d"]["TotalNetAmount"] == {"was": "a plain value"}
    s4.simulated.misbehave("drift-missing")
    assert "__metadata" not in order(s4).json["d"]
    s4.simulated.misbehave("drift-missing", member="SoldToParty")
    assert "SoldToParty" not in order(s4).json["d"]
    s4.simulated.misbehave("drift-extra")
    got = s4.read("/A_SalesOrder").json["d"]["results"]
    assert "ZZ_INTERNAL_MARGIN" in got[0]
    assert "ZZ_INTERNAL_MARGIN" not in got[1]


def test_leaks(s4):
    s4.simulated.misbehave("leak-cookie")
    got = order(s4)
    assert any("canary-cookie" in value for value in got.all("set-cookie"))
    assert got.header("x-backend-server").startswith(HOST)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("500", 500, "Internal_ServerError"),
        ("502", 502, "Internal_BadGateway"),
        ("503", 503, "Internal_ServiceUnavailable"),
        ("locked", 400, "V1/042"),
        ("closed-period", 400, "V1/802"),
        ("429", 429, "/IWFND/CM_OPS/029"),
        ("403-not-csrf", 403, "/IWFND/MED/084"),
    ],
)
def test_refusals_of_s4(s4, fault, status, code):
    s4.simulated.misbehave(fault)
    got = order(s4)
    assert (got.status, got.json["error"]["code"]) == (status, code)
    assert got.header("x-csrf-token") == ""


@pytest.mark.parametrize(
    ("fault", "options", "status", "wait"),
    [
        ("429-with-retry-after", {}, 429, "2"),
        ("429-with-retry-after", {"retry_after": 7}, 429, "7"),
        ("429-without-retry-after", {}, 429, ""),
        ("408", {}, 408, ""),
        ("locked", {}, 409, ""),
        ("closed-period", {}, 400, ""),
        ("503", {"retry_after": 3}, 503, "3"),
    ],
)
def test_refusals_of_business_central(bc, orders, fault, options, status, wait):
    bc.simulated.misbehave(fault, **options)
    got = bc.read(orders)
    assert (got.status, got.header("retry-after")) == (status, wait)
    assert bc.read(orders).status == 200


def test_the_token_endpoint_misbehaves_only_where_it_is_meant(bc, orders):
    bc.simulated.misbehave("500", match={"auxiliary": True})
    assert bc.simulated.call("POST", "/token", {}, b"a=b").status == 500
    bc.simulated.misbehave("down")
    token = bc.token()
    with pytest.raises(BROKEN):
        bc.call("GET", orders, token=token)


@pytest.mark.parametrize(
    ("match", "hits"),
    [
        ({}, [True, False, False]),
        ({"method": "POST"}, [False, False, False]),
        ({"method": ["GET", "HEAD"]}, [True, False, False]),
        ({"path": "4712"}, [False, True, False]),
        ({"query": "A_Sel"}, [False, False, False]),
        ({"header": {"x-mark": "yes"}}, [False, False, True]),
    ],
)
def test_only_what_matches(s4, match, hits):
    s4.simulated.misbehave("500", match=match)
    answers = [order(s4), s4.read("/A_SalesOrder('4712')"), s4.read("/A_SalesOrder", {"x-mark": "yes"})]
    assert [got.status == 500 for got in answers] == hits


def test_how_often(s4):
    s4.simulated.misbehave("503", times=2)
    assert [order(s4).status for _ in range(3)] == [503, 503, 200]
    s4.simulated.misbehave("503", times=-1)
    assert {order(s4).status for _ in range(5)} == {503}
    s4.simulated.control("reset", {})
    assert order(s4).status == 200


def test_requests_are_recorded_as_they_came(s4):
    session = s4.session()
    body = json.dumps(NEW).encode()
    s4.simulated.misbehave("unknown-status", status=250, match={"method": "POST"})
    s4.write(
        "POST", "/A_SalesOrder", body, {"content-type": "application/json", "X-Mixed": "Äx".encode("latin-1")}, session
    )
    listed = s4.simulated.control("requests?since=1")
    (record,) = listed["requests"]
    assert listed["counted"] == 2
    assert (record["method"], record["status"], record["fault"]) == ("POST", 250, "unknown-status")
    assert record["worked"] == 201, "what the work came to, whatever was answered"
    assert record["target"] == s4.target("/A_SalesOrder")
    assert ["x-mixed", "Äx"] in record["headers"]
    assert (record["body_bytes"], record["body_sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert len(s4.simulated.control("requests?since=0&limit=1")["requests"]) == 1


@pytest.mark.parametrize(
    ("naming", "holds", "lacks"),
    [
        ("plain", b"https://vhcala4hci.dmz.example:44300/sap", b"\\/"),
        ("escaped", b"https:\\/\\/vhcala4hci.dmz.example:44300\\/sap", b"https://"),
        ("unicode", b"https:\\u002f\\u002fvhcala4hci", b"https://"),
        ("upper", b"HTTPS://VHCALA4HCI.DMZ.EXAMPLE:44300/sap", b"vhcala4hci"),
        ("percent", b"A_SalesOrder%28%274711%27%29", b"A_SalesOrder('"),
        ("percent-host", b"https://vhcala4hci%2Edmz%2Eexample:44300/", b"vhcala4hci.dmz"),
        ("double", b"A_SalesOrder%2528%25274711", b"A_SalesOrder('"),
        ("mixed", b"HTTPS:\\/\\/VHCALA4HCI", b"https://"),
    ],
)
def test_names_in_many_forms_say_the_same(s4, naming, holds, lacks):
    plain = order(s4).json
    s4.simulated.control("settings", {"naming": naming})
    got = order(s4)
    assert holds in got.body
    assert lacks not in got.body
    assert set(got.json["d"]) == set(plain["d"])
    assert got.json["d"]["SalesOrderDate"] == plain["d"]["SalesOrderDate"]


def test_links_of_faults(s4):
    s4.simulated.misbehave("foreign-host-link")
    assert order(s4).json["d"]["__metadata"]["uri"].startswith("https://elsewhere.example/sap")
    s4.simulated.misbehave("double-encoded-links")
    assert "%2528" in order(s4).json["d"]["__metadata"]["uri"]
    assert "%25" not in order(s4).json["d"]["__metadata"]["uri"]


def test_location_is_dressed_too(s4):
    s4.simulated.control("settings", {"naming": "upper"})
    got = s4.write("POST", "/A_SalesOrder", NEW)
    assert got.header("location").startswith("HTTPS://VHCALA4HCI.DMZ.EXAMPLE:44300/sap")


def test_the_readme_lists_every_fault_as_it_is(s4, bc):
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for simulated in (s4.simulated, bc.simulated):
        for fault in simulated.control("faults")["faults"]:
            row = f"| `{fault['name']}` | {fault['summary']} | {'yes' if fault['applied'] else ''} |"
            assert row in text
