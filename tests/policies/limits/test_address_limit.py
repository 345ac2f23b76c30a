"""The limit per address: who counts as one client, and what is refused unseen."""

import pytest

from contracts.settings import AddressLimit, Settings
from policies import address_limit
from policies.address_limit import bind_address_limit
from policies.address_prefix import client_of, network_of
from policies.step import Call, Refusal, Span


def call_from(address, **headers):
    async def read(bound):
        return b""

    given = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Call("c", "u", "GET", b"/", b"", given, read, Span(), address=address)


def gate_of(still, workers=1, **limit):
    content = {"requests": 5, "window_seconds": 60, "failures": 2, **limit}
    settings = Settings(name="t", public_url="https://api.example.com", address_limit=AddressLimit(**content))
    return bind_address_limit(settings, still, workers)


async def refused(gate, call):
    with pytest.raises(Refusal) as caught:
        await gate.check(call)
    return caught.value


async def test_the_call_after_the_last_is_429(still):
    gate = gate_of(still)
    for _ in range(5):
        await gate.check(call_from("192.0.2.1"))
    refusal = await refused(gate, call_from("192.0.2.1"))
    assert refusal.problem.name == "address-rate-limited"
    assert refusal.headers == ((b"retry-after", b"12"),)
    assert still.events == {"address_limited,problem=address-rate-limited": 1}
    await gate.check(call_from("192.0.2.2"))
    still.time += 12
    await gate.check(call_from("192.0.2.1"))
    await refused(gate, call_from("192.0.2.1"))


async def test_an_ipv6_client_is_its_64(still):
    gate = gate_of(still)
    for host in range(5):
        await gate.check(call_from(f"2001:db8:0:1::{host}"))
    await refused(gate, call_from("2001:db8:0:1:ffff::1"))
    await gate.check(call_from("2001:db8:0:2::1"))


async def test_refused_credentials_are_counted_and_only_credentials_are_then_refused(still):
    gate = gate_of(still, requests=100)
    for _ in range(2):
        call = call_from("192.0.2.1", authorization=b"Bearer x")
        await gate.check(call)
        gate.failed(call)
    for header in ("authorization", "x_api_key"):
        refusal = await refused(gate, call_from("192.0.2.1", **{header: b"x"}))
        assert refusal.problem.name == "too-many-refused-credentials"
        assert refusal.headers == ((b"retry-after", b"30"),)
    await gate.check(call_from("192.0.2.1"))
    await gate.check(call_from("192.0.2.2", authorization=b"Bearer x"))
    still.time += 30
    await gate.check(call_from("192.0.2.1", authorization=b"Bearer x"))


async def test_a_call_without_a_credential_fails_for_free(still):
    gate = gate_of(still)
    for _ in range(4):
        gate.failed(call_from("192.0.2.1"))
    await gate.check(call_from("192.0.2.1", authorization=b"Bearer x"))


async def test_a_reload_forgets_nothing(still):
    for _ in range(5):
        await gate_of(still).check(call_from("192.0.2.1"))
    await refused(gate_of(still), call_from("192.0.2.1"))


async def test_workers_have_a_share_each_and_at_least_one_call(still):
    gate = gate_of(still, workers=2)
    for _ in range(2):
        await gate.check(call_from("192.0.2.1"))
    assert (await refused(gate, call_from("192.0.2.1"))).headers == ((b"retry-after", b"24"),)
    few = gate_of(still, workers=8)
    await few.check(call_from("192.0.2.9"))
    await refused(few, call_from("192.0.2.9"))


async def test_the_memory_is_bounded_and_the_longest_unseen_goes_first(still, monkeypatch):
    monkeypatch.setattr(address_limit, "_ADDRESSES", 3)
    gate = gate_of(still, requests=1)
    for host in (1, 2, 3):
        await gate.check(call_from(f"192.0.2.{host}"))
    await refused(gate, call_from("192.0.2.1"))
    await gate.check(call_from("192.0.2.4"))
    assert len(gate._times) == 3
    await refused(gate, call_from("192.0.2.1"))
    await gate.check(call_from("192.0.2.2"))


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8:0:0:ffff::"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_two_ways_to_write_one_client(address, same):
    assert client_of(address) == client_of(same)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("192.0.2.1\x00", "unknown"),
    ],
)
def test_the_ledger_sees_networks(address, network):
    assert network_of(address) == network
