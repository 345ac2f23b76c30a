"""`tidewaiter mock` as a process: what it prints, how it ends, and what it will not start with."""

import http.client
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from governance.cli.main import main

ROOT = Path(__file__).resolve().parent.parent.parent
SHOP = Path(__file__).with_name("mock_shop.yaml")
MERIDIAN = ROOT / "examples/meridian"
MOCK = (sys.executable, "-m", "governance.cli.main", "mock")


class Running:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [*MOCK, *map(str, arguments), "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def __enter__(self):
        line = self.process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)\n", line)
        assert found, (line, self.process.stderr.read() if not line else "")
        self.port = int(found[1])
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def get(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(20)
        return code, self.process.stderr.read()


@pytest.fixture
def refused(capsys):
    def run(*arguments):
        code = main(["mock", *map(str, arguments)])
        said = capsys.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        return code, said.err

    return run


def test_ctrl_c_ends_it_at_once_with_a_call_under_way():
    with Running(SHOP) as mock:
        waiting = socket.create_connection(("127.0.0.1", mock.port), timeout=10)
        waiting.sendall(b"GET /versions HTTP/1.1\r\nHost: a\r\nAPI-Version: 7\r\nPrefer: delay=60000\r\n\r\n")
        assert mock.get("/versions", **{"API-Version": "7"})[0] == 200
        code, said = mock.end(signal.SIGINT)
        waiting.close()
        assert (code, "Traceback" in said) == (0, False)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", mock.port), timeout=5)


def test_it_says_what_it_is_and_what_a_gateway_would_not_serve(tmp_path):
    document = tmp_path / "old.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: Old, version: '2'}\npaths:\n"
        "  /a: {get: {responses: {'200': {description: A.}}}}\n"
        "  /b: {get: {responses: {'200': {description: B., content: {application/json: {schema: {$ref: '#/nowhere'}}}}}}}\n"
    )
    with Running(document) as mock:
        assert mock.get("/a")[0] == 200
        status, body = mock.get("/b")
        assert (status, b"not-served" in body) == (501, True)
        code, said = mock.end(signal.SIGTERM)
    assert code == 0
    assert "This is a mock of Old 2" in said
    assert "1 operation is mocked, 1 not" in said
    assert "2 operations state no security" in said
    assert "#/nowhere" in said


def test_a_version_of_a_workspace_is_mocked_as_consumers_see_it():
    with Running("business-central@2.0", "--workspace", MERIDIAN, "--no-security") as mock:
        status, body = mock.get("/salesOrders?$top=1")
        assert status == 200, body
        status, body = mock.get("/salesOrders?$filter=nowhere")
        assert (status, b"query-option-refused" in body) == (400, True)
        assert mock.end(signal.SIGINT)[0] == 0


def test_a_vendor_s_folder_is_mocked_under_its_overlay(tmp_path):
    (tmp_path / "vendor.yaml").write_text(
        "openapi: 3.0.3\ninfo: {title: V, version: '1'}\npaths:\n  /a: {get: {responses: {'200': {description: A.}}}}\n"
    )
    (tmp_path / "overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: O, version: '1'}\nactions:\n"
        "  - {target: '$.paths', update: {/b: {get: {security: [], responses: {'204': {description: B.}}}}}}\n"
    )
    for source in (tmp_path, tmp_path / "vendor.yaml"):
        with Running(source) as mock:
            assert mock.get("/b")[0] == 204


def test_access_lines_go_to_a_file_that_is_named(tmp_path):
    with Running(SHOP, "--access-log", tmp_path / "lines") as mock:
        mock.get("/nowhere")
        assert mock.end(signal.SIGINT)[0] == 0
    assert '"problem": "not-found"' in (tmp_path / "lines").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("swagger: '2.0'\ninfo: {title: S, version: '1'}\npaths: {}\n", "Swagger 2.0"),
        ("openapi: 4.0.0\ninfo: {title: S, version: '1'}\npaths: {}\n", "OpenAPI 4.0.0"),
        ("[", "error"),
    ],
)
def test_what_is_no_openapi_3_ends_with_2_and_says_so(refused, tmp_path, text, words):
    (tmp_path / "a.yaml").write_text(text)
    code, said = refused(tmp_path / "a.yaml")
    assert (code, words in said) == (2, True), said


def test_wrong_names_end_with_2_and_the_nearest(refused):
    assert refused("sales-order@1.1", "--workspace", MERIDIAN)[0] == 2
    assert "write `sales-orders@1.1`" in refused("sales-order@1.1", "--workspace", MERIDIAN)[1]
    assert "needs --workspace" in refused("sales-orders@1.1")[1]


def test_a_port_that_is_taken_ends_with_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*MOCK, SHOP, "--port", port], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, "cannot bind" in done.stderr) == (2, "", True)
    assert "Traceback" not in done.stderr
    assert "tidewaiter.yaml" not in done.stderr
