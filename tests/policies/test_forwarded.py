"""Hops are believed from trusted proxies only, right to left; what is broken or contradictory refuses the call."""

from ipaddress import ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.forwarded import BAD_FORWARDED, Client, bind_forwarded
from policies.step import Refusal

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
who = bind_forwarded(PROXIES)


def told(peer="10.0.0.1", **headers):
    return who(peer, {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()})


@pytest.mark.parametrize(
    ("forwarded", "address", "scheme"),
    [
        ("for=192.0.2.43", "192.0.2.43", ""),
        ("for=192.0.2.43;proto=https", "192.0.2.43", "https"),
        ("For=192.0.2.43; Proto=HTTPS ;by=203.0.113.60", "192.0.2.43", "https"),
        ('for="192.0.2.43:47011"', "192.0.2.43", ""),
        ('for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17", ""),
        ('for="[2001:DB8:CAFE:0::17]"', "2001:db8:cafe::17", ""),
        ('for="[::ffff:192.0.2.43]"', "192.0.2.43", ""),
        (r'for="192.0.\2.43"', "192.0.2.43", ""),
        ("for=192.0.2.1, for=198.51.100.7", "198.51.100.7", ""),
        ("for=192.0.2.1;proto=https, for=10.0.0.2;proto=http", "192.0.2.1", "https"),
        ("for=garbage, for=192.0.2.1", "192.0.2.1", ""),
        ("for=192.0.2.1, for=10.0.0.2, for=10.0.0.3", "192.0.2.1", ""),
        ('for=192.0.2.1, for="[fd00::1]"', "192.0.2.1", ""),
        ("for=10.0.0.9, for=10.0.0.8", "10.0.0.9", ""),
        ("for=unknown", "10.0.0.1", ""),
        ("for=192.0.2.1, for=UNKNOWN;proto=https", "10.0.0.1", "https"),
        ("for=192.0.2.1, for=_hidden, for=10.0.0.2", "10.0.0.2", ""),
        ('for="_hidden:_port"', "10.0.0.1", ""),
        ("proto=https", "10.0.0.1", "https"),
        ('host="a,b;c=d";for=192.0.2.1', "192.0.2.1", ""),
        (" , for=192.0.2.1 ,, ", "192.0.2.1", ""),
        (";for=192.0.2.1;", "192.0.2.1", ""),
    ],
)
def test_the_standard_header_is_read_from_the_right(forwarded, address, scheme):
    assert told(forwarded=forwarded) == Client(address, scheme)


@pytest.mark.parametrize(
    ("usual", "proto", "address", "scheme"),
    [
        ("192.0.2.1", None, "192.0.2.1", ""),
        ("192.0.2.1:4711", None, "192.0.2.1", ""),
        ("2001:db8::1", None, "2001:db8::1", ""),
        ("[2001:db8::1]:4711", None, "2001:db8::1", ""),
        ("192.0.2.1, 10.0.0.3", None, "192.0.2.1", ""),
        ("not an address, 192.0.2.1", None, "192.0.2.1", ""),
        ("1.1.1.1, 192.0.2.1, 10.2.2.2", "https", "192.0.2.1", "https"),
        ("192.0.2.1, 10.0.0.3", "https, http", "192.0.2.1", "https"),
        ("unknown, 10.0.0.3", None, "10.0.0.3", ""),
        (None, "https", "10.0.0.1", "https"),
        (None, "http, https", "10.0.0.1", "https"),
    ],
)
def test_the_usual_headers_are_read_from_the_right(usual, proto, address, scheme):
    headers = {"x_forwarded_for": usual, "x_forwarded_proto": proto}
    assert told(**{k: v for k, v in headers.items() if v is not None}) == Client(address, scheme)


@pytest.mark.parametrize(
    "headers",
    [
        {"forwarded": "for=192.0.2.1:4711"},
        {"forwarded": "for=[2001:db8::1]"},
        {"forwarded": 'for="2001:db8::1"'},
        {"forwarded": 'for="192.0.2.1'},
        {"forwarded": 'for=1.1.1.1, for=", for=192.0.2.1'},
        {"forwarded": "for=192.0.2.1;for=192.0.2.2"},
        {"forwarded": "for = 192.0.2.1"},
        {"forwarded": "for=192.0.2.1 for=192.0.2.2"},
        {"forwarded": "192.0.2.1"},
        {"forwarded": "for=my-host"},
        {"forwarded": "for=192.0.2.300"},
        {"forwarded": "for=010.0.0.1"},
        {"forwarded": 'for=""'},
        {"forwarded": "for=192.0.2.1;proto=gopher"},
        {"forwarded": 'for="[fe80::1%25eth0]"'},
        {"x_forwarded_for": ""},
        {"x_forwarded_for": "192.0.2.1,"},
        {"x_forwarded_for": "my-host"},
        {"x_forwarded_for": "192.0.2.1;DROP"},
        {"x_forwarded_for": "192.0.2.1", "x_forwarded_proto": "wss"},
        {"x_forwarded_for": "192.0.2.1, 10.0.0.2, 10.0.0.3", "x_forwarded_proto": "https, http"},
        {"forwarded": "for=192.0.2.1", "x_forwarded_for": "192.0.2.2"},
        {"forwarded": "proto=https", "x_forwarded_for": "192.0.2.2"},
        {"forwarded": "for=192.0.2.1;proto=https", "x_forwarded_for": "192.0.2.1", "x_forwarded_proto": "http"},
    ],
)
def test_what_a_trusted_proxy_tells_wrongly_is_refused(headers):
    with pytest.raises(Refusal) as caught:
        told(**headers)
    assert caught.value.problem is BAD_FORWARDED
    assert "192.0.2" not in caught.value.detail


@pytest.mark.parametrize("peer", ["203.0.113.9", "2001:db8::9", "::ffff:203.0.113.9"])
@pytest.mark.parametrize(
    "headers", [{"forwarded": "for=10.0.0.5;proto=https"}, {"x_forwarded_for": "1.1.1.1"}, {"forwarded": '"broken'}]
)
def test_an_untrusted_peer_tells_nothing(peer, headers):
    assert told(peer, **headers) == Client(peer.removeprefix("::ffff:"), "")


def test_two_headers_that_agree_are_taken():
    both = {"forwarded": "for=192.0.2.1;proto=https", "x_forwarded_for": "192.0.2.1", "x_forwarded_proto": "https"}
    assert told(**both) == Client("192.0.2.1", "https")


def test_a_scheme_that_one_of_two_headers_tells_is_not_believed():
    assert told(forwarded="for=192.0.2.1;proto=https", x_forwarded_for="192.0.2.1") == Client("192.0.2.1", "")


def test_nobody_is_trusted_by_default():
    nobody = bind_forwarded(())
    headers = {b"forwarded": b"for=192.0.2.1", b"x-forwarded-for": b"192.0.2.1"}
    assert nobody("127.0.0.1", headers) == Client("127.0.0.1", "")
    assert nobody("::ffff:127.0.0.1", headers) == Client("127.0.0.1", "")
    assert nobody("", headers) == Client("", "")


def test_a_peer_without_an_address_is_not_trusted():
    assert told("", forwarded="for=192.0.2.1") == Client("", "")


def test_a_mapped_peer_is_the_proxy_that_it_is():
    assert told("::ffff:10.0.0.1", x_forwarded_for="192.0.2.1") == Client("192.0.2.1", "")


@given(st.binary(max_size=60).filter(lambda b: b"\n" not in b), st.sampled_from([b"forwarded", b"x-forwarded-for"]))
def test_whatever_stands_there_is_an_address_or_a_refusal(value, name):
    try:
        client = who("10.0.0.1", {name: value})
    except Refusal:
        return
    assert client.address
    assert client.scheme in {"", "http", "https"}


@given(st.text("abc=;, \"'\\:[]0.1", max_size=30))
@example("198.51.100.7")
def test_what_a_caller_adds_on_the_left_never_changes_the_address(injected):
    try:
        client = who("10.0.0.1", {b"x-forwarded-for": f"{injected}, 192.0.2.1".encode()})
    except Refusal:
        return
    assert client.address == "192.0.2.1"


@given(st.text("abcfor=;, \"'\\:[]0.1", max_size=30))
@example("for=198.51.100.7")
def test_what_a_caller_adds_on_the_left_of_the_standard_header_never_changes_the_address(injected):
    try:
        client = who("10.0.0.1", {b"forwarded": f"{injected}, for=192.0.2.1".encode()})
    except Refusal:
        return
    assert client.address == "192.0.2.1"
