"""The key set of an issuer: single flight, bounds on fetches, rotation, an issuer that is away or answers rubbish."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import pytest

from policies.jwks import BURST, MAX_REMEMBERED_KIDS, IssuerAwayError, Jwks, JwksTiming
from policies.key_set import MAX_KEYS, MAX_SET_BYTES, parse_key_set
from policies.step import Fetched

URL = "https://issuer.example/keys"
TIMING = JwksTiming(ttl=300, min_interval=10, max_stale=3600)


@pytest.fixture
def jwks(mint, clocked):
    return Jwks("main", URL, TIMING, clocked, mint.fetch)


async def found(jwks, kid, algorithm="RS256"):
    return [key.kid for key in await jwks.find(kid, algorithm)]


async def background():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_fifty_cold_calls_are_one_fetch(jwks, mint):
    gate = asyncio.Event()
    mint.delay = gate.wait
    waiting = [asyncio.create_task(found(jwks, "rsa")) for _ in range(50)]
    await background()
    gate.set()
    assert await asyncio.gather(*waiting) == [["rsa"]] * 50
    assert len(mint.asked) == 1


async def test_a_kept_set_answers_until_the_issuer_does_and_never_again(mint, clocked):
    kept = parse_key_set(json.dumps(mint.key_set()).encode())
    away = Jwks("main", URL, TIMING, clocked, mint.fetch, kept)
    mint.answer = OSError("the issuer is down")
    assert await found(away, "rsa") == ["rsa"]
    with pytest.raises(IssuerAwayError):
        await found(away, "never-seen")

    # It answers, without that key: what was kept counts no more, also when it is away again.
    mint.answer, mint.published = None, ["rsa2"]
    clocked.time += TIMING.min_interval
    assert await found(away, "rsa2") == ["rsa2"]
    mint.answer = OSError("the issuer is down")
    clocked.time += TIMING.ttl + 1
    assert await found(away, "rsa2") == ["rsa2"]
    clocked.time += TIMING.min_interval
    with pytest.raises(IssuerAwayError):
        await found(away, "rsa")


async def test_a_caller_who_leaves_takes_nobodys_fetch_along(jwks, mint):
    gate = asyncio.Event()
    mint.delay = gate.wait
    first, second = asyncio.create_task(found(jwks, "rsa")), asyncio.create_task(found(jwks, "rsa"))
    await background()
    first.cancel()
    gate.set()
    assert await second == ["rsa"]
    with pytest.raises(asyncio.CancelledError):
        await first
    assert len(mint.asked) == 1


async def test_rotation_is_seen_at_once(jwks, mint, clocked):
    """Two rotations in a row, right after the first fetch: no token of a published key is turned away."""
    assert await found(jwks, "rsa") == ["rsa"]
    mint.published = ["rsa", "rsa2"]
    assert await found(jwks, "rsa2") == ["rsa2"]
    mint.published = ["rsa2", "ec"]
    assert await found(jwks, "ec", "ES256") == ["ec"]
    assert await found(jwks, "rsa") == [], "the key that was taken out verifies nothing"


async def test_a_rotation_during_a_fetch_is_seen(jwks, mint):
    """A fetch that began before the rotation does not answer for what came after."""
    assert await found(jwks, "rsa") == ["rsa"]
    gate, old = asyncio.Event(), mint.key_set()
    mint.answer = lambda: Fetched(200, {}, json.dumps(old).encode())
    mint.delay = gate.wait
    early = asyncio.create_task(found(jwks, "nobody"))
    await background()
    late = asyncio.create_task(found(jwks, "rsa2"))
    await background()
    mint.published = ["rsa", "rsa2"]
    gate.set()
    await early
    mint.answer = None
    assert await late == ["rsa2"]


async def test_ten_thousand_unknown_kids(jwks, mint, clocked):
    """At most BURST + seconds / min_interval fetches, and a bounded memory, however many kids are made up."""
    assert await found(jwks, "rsa") == ["rsa"]
    cold = len(mint.asked)
    start = clocked.time
    for number in range(10_000):
        clocked.time = start + number * 0.01
        assert await found(jwks, f"made-up-{number}") == []
        if number % 2500 == 0:
            assert await found(jwks, "rsa") == ["rsa"]
    bound = BURST + (clocked.time - start) / TIMING.min_interval + 1
    print(f"10000 unknown kids in {clocked.time - start:.0f} s: {len(mint.asked) - cold} fetches, bound {bound:.0f}")  # noqa: T201 - the figure of `make prove`
    assert len(mint.asked) - cold <= bound
    assert len(jwks.state.absent) <= MAX_REMEMBERED_KIDS


async def test_ten_thousand_unknown_kids_at_once(jwks, mint, clocked):
    assert await found(jwks, "rsa") == ["rsa"]
    assert await asyncio.gather(*(found(jwks, f"made-up-{n}") for n in range(10_000))) == [[]] * 10_000
    assert len(mint.asked) <= 1 + BURST
    assert len(jwks.state.absent) <= MAX_REMEMBERED_KIDS


async def test_an_unknown_kid_is_remembered_and_asked_for_again_later(jwks, mint, clocked):
    for _ in range(5):
        assert await found(jwks, "later") == []
    assert len(mint.asked) == 2
    clocked.time += TIMING.min_interval
    mint.published = ["rsa", "rsa2"]
    assert await found(jwks, "rsa2") == ["rsa2"]


async def test_refreshed_ahead_in_the_background(jwks, mint, clocked):
    await found(jwks, "rsa")
    clocked.time += TIMING.ttl * 0.85
    gate = asyncio.Event()
    mint.delay = gate.wait
    assert await found(jwks, "rsa") == ["rsa"], "nobody waits for a refresh ahead of time"
    await background()
    assert len(mint.asked) == 2
    gate.set()
    await background()
    assert jwks.state.confirmed_at == clocked.time


async def test_a_removed_key_is_refused_after_ttl(jwks, mint, clocked):
    await found(jwks, "rsa")
    mint.published = ["ec"]
    clocked.time += TIMING.ttl + 1
    assert await found(jwks, "rsa") == [], "an old set is asked for again before it is used"


async def test_etag(jwks, mint, clocked):
    body = json.dumps(mint.key_set()).encode()
    mint.answer = Fetched(200, {"etag": '"1"'}, body)
    key = (await jwks.find("rsa", "RS256"))[0]
    mint.answer = Fetched(304, {}, b"")
    clocked.time += TIMING.ttl + 1
    assert await jwks.find("rsa", "RS256") == (key,)
    assert mint.asked[-1][1]["if-none-match"] == '"1"'
    assert jwks.state.failures == 0


async def test_the_same_set_again_keeps_the_built_keys(jwks, mint, clocked):
    key = (await jwks.find("rsa", "RS256"))[0]
    clocked.time += TIMING.ttl + 1
    assert (await jwks.find("rsa", "RS256"))[0] is key


async def test_304_to_a_question_without_etag_is_rubbish(jwks, mint, clocked):
    await found(jwks, "rsa")
    mint.answer = Fetched(304, {}, b"")
    clocked.time += TIMING.ttl + 1
    assert await found(jwks, "rsa") == ["rsa"]
    assert jwks.state.failures == 1


BROKEN = {
    "refused connection": lambda m: OSError("no"),
    "no answer in time": lambda m: TimeoutError(),
    "a fault nobody foresaw": lambda m: ZeroDivisionError(),
    "500": lambda m: Fetched(500, {}, b"{}"),
    "redirect": lambda m: Fetched(302, {"location": "https://evil.example/"}, b""),
    "204": lambda m: Fetched(204, {}, b""),
    "HTML": lambda m: Fetched(200, {}, b"<html>Sign in</html>"),
    "nothing": lambda m: Fetched(200, {}, b""),
    "a list": lambda m: Fetched(200, {}, b"[]"),
    "no keys": lambda m: Fetched(200, {}, b"{}"),
    "keys not a list": lambda m: Fetched(200, {}, b'{"keys": {}}'),
    "keys twice": lambda m: Fetched(200, {}, b'{"keys": [], "keys": []}'),
    "too deep": lambda m: Fetched(200, {}, b"[" * 5000),
    "too many keys": lambda m: Fetched(200, {}, json.dumps({"keys": [{}] * (MAX_KEYS + 1)}).encode()),
    "10,000 keys": lambda m: Fetched(200, {}, json.dumps({"keys": [m.jwk("rsa")] * 10_000}).encode()),
    "too large": lambda m: Fetched(200, {}, b'{"keys": []}' + b" " * MAX_SET_BYTES),
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_broken_answer_leaves_the_last_set_in_force(fault, jwks, mint, clocked):
    await found(jwks, "rsa")
    mint.answer = BROKEN[fault](mint)
    clocked.time += TIMING.ttl + 1
    assert await found(jwks, "rsa") == ["rsa"]
    with pytest.raises(IssuerAwayError) as away:
        await jwks.find("nobody", "RS256")
    assert 0 < away.value.retry_seconds <= TIMING.min_interval
    clocked.time += TIMING.max_stale - 2
    await found(jwks, "rsa")
    clocked.time += 2
    with pytest.raises(IssuerAwayError):
        await jwks.find("rsa", "RS256")
    mint.answer = None
    clocked.time += TIMING.min_interval
    assert await found(jwks, "rsa") == ["rsa"], "it comes back by itself"


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_broken_answer_at_the_start_is_not_the_tokens_fault(fault, jwks, mint, clocked):
    mint.answer = BROKEN[fault](mint)
    with pytest.raises(IssuerAwayError):
        await jwks.find("rsa", "RS256")
    asked = len(mint.asked)
    for _ in range(100):
        with pytest.raises(IssuerAwayError):
            await jwks.find("rsa", "RS256")
    assert len(mint.asked) == asked, "a failed fetch is not tried again at once"
    mint.answer = None
    clocked.time += 1
    assert await found(jwks, "rsa") == ["rsa"]


async def test_pauses_between_failures_grow_to_the_interval(jwks, mint, clocked):
    mint.answer = OSError()
    pauses = []
    for _ in range(7):
        with pytest.raises(IssuerAwayError):
            await jwks.find("rsa", "RS256")
        pauses.append(jwks.state.retry_at - clocked.time)
        clocked.time = jwks.state.retry_at
    assert pauses == [1, 2, 4, 8, 10, 10, 10]


async def test_a_slow_issuer_holds_nobody_past_the_bound(jwks, mint, monkeypatch):
    monkeypatch.setattr("policies.jwks.FETCH_SECONDS", 0.05)
    mint.delay = asyncio.Event().wait
    async with asyncio.timeout(2):
        with pytest.raises(IssuerAwayError):
            await jwks.find("rsa", "RS256")
    assert jwks.state.task is None


async def test_a_reload_forgets_nothing(jwks, mint, clocked):
    await found(jwks, "rsa")
    again = Jwks("main", URL, JwksTiming(ttl=60), clocked, mint.fetch)
    assert await found(again, "rsa") == ["rsa"]
    assert len(mint.asked) == 1
    elsewhere = Jwks("main", "https://issuer.example/other", TIMING, clocked, mint.fetch)
    await found(elsewhere, "rsa")
    assert len(mint.asked) == 2, "another address is another set"


async def test_a_clock_set_back_does_not_stretch_anything(jwks, mint, clocked):
    await found(jwks, "rsa")
    mint.published = ["ec"]
    clocked.time -= 86_400
    assert await found(jwks, "rsa") == []


async def test_an_empty_set_means_that_no_key_is_good(jwks, mint, clocked):
    await found(jwks, "rsa")
    mint.published = []
    clocked.time += TIMING.ttl + 1
    assert await found(jwks, "rsa") == []


async def test_the_end_of_the_process_stops_a_fetch(jwks, mint, clocked):
    mint.delay = asyncio.Event().wait
    waiting = asyncio.create_task(found(jwks, "rsa"))
    await background()
    await jwks.state.aclose()
    with pytest.raises((IssuerAwayError, asyncio.CancelledError)):
        await waiting


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/keys",
        "ftp://issuer.example/",
        "https://u:p@issuer.example/",
        "file:///etc/passwd",
        "http://127.0.0.1.evil.example/",
        "https://",
    ],
)
def test_only_safe_addresses(url, clocked, mint):
    with pytest.raises(ValueError, match="https"):
        Jwks("main", url, TIMING, clocked, mint.fetch)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "https://issuer.example/"]
)
def test_loopback_may_be_plain(url, clocked, mint):
    assert Jwks("main", url, TIMING, clocked, mint.fetch).state.keys is None


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.headers.get("if-none-match"))
        status, headers, body = self.server.answer(self.headers)
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked = []
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def _fetch(url, headers, most):
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers, allow_redirects=False) as answer:
        return Fetched(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())


async def test_over_a_real_socket(server, mint, clocked):
    body = json.dumps(mint.key_set()).encode()
    server.answer = lambda headers: (
        (304, {}, b"") if headers.get("if-none-match") == '"v1"' else (200, {"ETag": '"v1"'}, body)
    )
    jwks = Jwks("real", f"http://127.0.0.1:{server.server_port}/keys", TIMING, clocked, _fetch)
    assert await found(jwks, "rsa") == ["rsa"]
    clocked.time += TIMING.ttl + 1
    assert await found(jwks, "ec", "ES256") == ["ec"]
    assert server.asked == [None, '"v1"']
    server.answer = lambda headers: (302, {"location": f"http://127.0.0.1:{server.server_port}/elsewhere"}, b"")
    clocked.time += TIMING.ttl + 1
    assert await found(jwks, "rsa") == ["rsa"]
    assert len(server.asked) == 3, "a redirect was followed"
