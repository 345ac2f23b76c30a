"""TLS towards systems, private authorities, and documents that the gateway fetches for itself."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from contextlib import asynccontextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contracts.diagnostic import InvalidInputError
from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.problems import proxy_status
from gateway.runtime import GatewayRuntime
from gateway.transport import Transport
from policies.step import Call, Exchange, Refusal, Span

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, issuer_key, *, authority=False, names=()):
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(made):
    return made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    own_key, other_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    (folder / "own.pem").write_bytes(pem(certificate("own", own_key, "own", own_key, authority=True)))
    (folder / "other.pem").write_bytes(pem(certificate("other", other_key, "other", other_key, authority=True)))
    address = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    (folder / "right.pem").write_bytes(pem(certificate("erp", key, "own", own_key, names=address)))
    elsewhere = [x509.DNSName("elsewhere.example")]
    (folder / "misnamed.pem").write_bytes(pem(certificate("erp", key, "own", own_key, names=elsewhere)))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "empty.pem").write_text("nothing here\n")
    return folder


@asynccontextmanager
async def serving(said, context=None):
    received = []

    async def serve(reader, writer):
        try:
            received.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(said(received[-1]) if callable(said) else said)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], received
    finally:
        server.close()
        await asyncio.sleep(0.02)


def tls_context(folder, chain):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / chain, folder / "key.pem")
    return made


@pytest.fixture
async def runtime(tmp_path):
    made = GatewayRuntime(Node(NodeSettings(), tmp_path))
    yield made
    await made.drain(5)
    await made.aclose()


def a_system(url, **tls):
    timeouts = {"connect_seconds": 1.5, "first_byte_seconds": 3, "total_seconds": 4}
    return System.model_validate({"owner": "it", "url": url, "tls": tls, "timeouts": timeouts})


def a_write():
    async def never(_):
        raise AssertionError("the body was read already")

    call = Call("correlation-1", "u", "POST", b"/x", b"", {}, never, Span())
    return Exchange(call, "POST", b"/p", (), b"{}", safe=False, span=Span(), buffer_bytes=1000)


@pytest.mark.parametrize(
    ("chain", "tls", "outcome"),
    [
        ("right.pem", {"ca": "own.pem"}, 200),
        ("right.pem", {"verify": False}, 200),
        ("right.pem", {}, "system-unreachable"),
        ("right.pem", {"ca": "other.pem"}, "system-unreachable"),
        ("misnamed.pem", {"ca": "own.pem"}, "system-unreachable"),
    ],
)
async def test_which_certificates_count(chain, tls, outcome, authorities, runtime):
    async with serving(OK, tls_context(authorities, chain)) as (port, received):
        send = Transport(runtime, authorities).bind("s", a_system(f"https://127.0.0.1:{port}", **tls))
        exchange = a_write()
        if outcome == 200:
            assert (await send(exchange)).status == 200
            assert exchange.call.effect == "applied"
            return
        with pytest.raises(Refusal) as caught:
            await send(exchange)
        assert caught.value.problem.name == outcome
        assert "certificate" in caught.value.detail
        assert proxy_status(caught.value) == b"tidewaiter; error=tls_certificate_error"
        assert exchange.call.effect == "none"
        assert exchange.span.end == "cut"
        assert received == []


async def test_a_system_that_speaks_no_tls_did_nothing(authorities, runtime):
    async with serving(OK) as (port, _):
        exchange = a_write()
        with pytest.raises(Refusal) as caught:
            await Transport(runtime, authorities).bind("s", a_system(f"https://127.0.0.1:{port}"))(exchange)
    assert caught.value.problem.name in ("system-unreachable", "system-timeout")
    assert exchange.call.effect == "none"


async def test_a_system_that_never_ends_its_handshake_did_nothing(authorities, runtime):
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    exchange = a_write()
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(Refusal) as caught:
        await Transport(runtime, authorities).bind("s", a_system(url))(exchange)
    assert (caught.value.problem.name, exchange.call.effect) == ("system-timeout", "none")
    server.close()
    await asyncio.sleep(0.05)


@pytest.mark.parametrize("ca", ["missing.pem", "empty.pem", "../outside.pem", "/etc/hostname"])
async def test_an_authority_that_cannot_be_used_refuses_the_release(ca, authorities, runtime):
    with pytest.raises(InvalidInputError) as caught:
        Transport(runtime, authorities).bind("erp", a_system("https://127.0.0.1", ca=ca))
    assert caught.value.diagnostics[0].file == "systems/erp.yaml"
    assert ca in caught.value.diagnostics[0].message


def fetched(port, path="/keys"):
    return f"http://127.0.0.1:{port}{path}"


async def test_a_document_is_fetched(authorities, runtime):
    async with serving(OK) as (port, received):
        document = await Transport(runtime, authorities).fetch(fetched(port), {"if-none-match": '"1"'}, 100)
    assert (document.status, document.body, document.headers["content-type"]) == (200, b"{}", "application/json")
    head = received[0].lower()
    assert b"accept-encoding: identity" in head
    assert b'if-none-match: "1"' in head
    assert b"cookie" not in head


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"1" * 101,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"1" * 101 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
        b"garbage\r\n\r\n",
        b"",
    ],
)
async def test_a_document_that_is_not_one_is_an_os_error(said, authorities, runtime):
    async with serving(said) as (port, received):
        with pytest.raises(OSError, match=r"\w") as caught:
            await Transport(runtime, authorities).fetch(fetched(port), {}, 100)
    assert not isinstance(caught.value, TimeoutError)
    assert len(received) == 1


async def test_a_document_from_nowhere_is_an_os_error(authorities, runtime):
    for url in ("http://127.0.0.1:1/x", "http://no-such-host.invalid/", "ftp://127.0.0.1/", "nonsense"):
        with pytest.raises(OSError, match=r"\w"):
            await Transport(runtime, authorities).fetch(url, {}, 100)


async def test_a_document_that_does_not_come_is_a_timeout(authorities, runtime, monkeypatch):
    monkeypatch.setattr("gateway.transport._FETCH_SECONDS", 0.2)

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    with pytest.raises(TimeoutError):
        await Transport(runtime, authorities).fetch(fetched(server.sockets[0].getsockname()[1]), {}, 100)
    server.close()
    await asyncio.sleep(0.05)


async def test_a_document_behind_a_private_authority(authorities, runtime):
    transport = Transport(runtime, authorities)
    async with serving(OK, tls_context(authorities, "right.pem")) as (port, _):
        url = f"https://127.0.0.1:{port}/keys"
        with pytest.raises(OSError, match="could not be fetched"):
            await transport.fetch(url, {}, 100)
        assert (await transport.fetch_with("own.pem", "policies/issuers.yaml")(url, {}, 100)).body == b"{}"


async def test_proxies_of_the_environment_are_not_used(authorities, runtime, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with serving(OK) as (port, _):
        assert (await Transport(runtime, authorities).fetch(fetched(port), {}, 100)).status == 200
        send = Transport(runtime, authorities).bind("s", a_system(f"http://127.0.0.1:{port}"))
        assert (await send(a_write())).status == 200
