"""Every framing row before a recording system: refused, or both sides saw the same messages."""

import socket
from pathlib import Path

import yaml
from rows import over

FILE = Path(__file__).parent.parent / "gateway" / "framing.yaml"
ROWS = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def sent(row, bearer):
    """The row's bytes, with what makes its calls good ones: a token and a media type."""
    more = f"gateway.example\r\nAuthorization: {bearer}\r\nContent-Type: application/json"
    text = row["send"].replace("<pad>", "a" * row.get("pad", 0)).replace("<path>", "/orders/v1/orders")
    text = text.replace("<host>", more, text.count("<host>")).replace("<authority>", "gateway.example")
    return text.replace("<AUTHORITY>", "GATEWAY.Example").encode("latin-1")


def drain(sock):
    """Everything that comes until the gateway closes, or falls silent."""
    data = b""
    sock.settimeout(0.15)
    try:
        while chunk := sock.recv(65_536):
            data += chunk
    except (TimeoutError, ConnectionResetError):
        pass
    return data


@over("row", ROWS, ids=lambda row: row["name"])
def test_both_sides_see_the_same(row, group, gateway):
    bearer = group.bearer("loose")["Authorization"]
    group.system.seen.clear()
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as sock:
        try:
            sock.sendall(sent(row, bearer))
        except (BrokenPipeError, ConnectionResetError):
            assert "refused" in row
        answered = drain(sock)

    allowed = iter([(method, body.encode("latin-1")) for method, _, body in row.get("seen", ())])
    for method, target, _, body in group.system.seen:
        assert target == "/orders"
        assert (method, body) in allowed  # in order, each at most once
    if "refused" in row:
        assert answered == b"" or b"HTTP/1.1 4" in answered or b"HTTP/1.1 5" in answered
    else:
        assert answered.startswith(b"HTTP/1.1 ")
        assert answered.count(b"HTTP/1.1 ") == len(row["seen"])


def test_a_good_body_reaches_the_system_as_it_came(group, gateway):
    """Guards the table: were nothing forwarded at all, every row would hold."""
    group.system.seen.clear()
    row = {"send": "POST <path> HTTP/1.1\r\nHost: <host>\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"}
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as sock:
        sock.sendall(sent(row, group.bearer("loose")["Authorization"]))
        assert b"201" in drain(sock)

    ((method, target, headers, body),) = group.system.seen
    assert (method, target, body) == ("POST", "/orders", b"{}")
    assert "transfer-encoding" not in {name.lower() for name, _ in headers}
