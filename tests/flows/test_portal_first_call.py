"""From the portal's address to a first successful call: what a page says is pasted as it stands and run."""

import html
import os
import re
import shutil
import subprocess
import sys

import pytest
from portal_workspace import Portal


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    made = Portal(tmp_path_factory.mktemp("first"))
    yield made
    made.stop()


def snippets(page):
    """The blocks under `First call`: for a shell, and for Python."""
    part = page[page.index("<h2>First call</h2>") :]
    curl, python = re.findall(r"<pre><code>(.*?)</code></pre>", part, re.DOTALL)[:2]
    return html.unescape(curl), html.unescape(python)


def run(command, key):
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        command, env={**kept, "API_KEY": key}, capture_output=True, text=True, timeout=20, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("consumer", "operation"),
    [
        ("", "open/1.1/operations/listCANARYPUBLIC"), ("", "open/1.0/operations/readCANARYPUBLIC"),
        ("guest", "deals/1.1/operations/readCANARYPARTNER"), ("insider", "deals/1.1/operations/listCANARYPARTNER"),
        ("insider", "inner/1.1/operations/readCANARYINTERNAL"),
    ],
)  # fmt: skip
def test_what_is_pasted_works(portal, consumer, operation):
    reply = portal.get(f"/-/apis/{operation}", portal.sign_in(consumer) if consumer else "")
    curl, python = snippets(reply.body.decode())
    key = portal.keys.get(consumer, "")

    assert run([sys.executable, "-c", python], key).startswith("200 {")
    if shutil.which("curl"):
        assert run(["sh", "-c", curl], key).startswith("HTTP/1.1 200 OK")
    assert key not in curl + python or not key


def test_what_is_pasted_works_with_a_body_and_hostile_names(portal):
    """The operation whose id, summary and schema are hostile; its page lies behind a name made of its place."""
    page = portal.get("/-/apis/open/1.1").body.decode()
    path = next(one for one in re.findall(r'href="(/-/apis/open/1.1/operations/at-[0-9a-f]{12})"', page))
    curl, python = snippets(portal.get(path).body.decode())

    assert run([sys.executable, "-c", python], "").startswith("200 {")
    if shutil.which("curl"):
        assert run(["sh", "-c", curl], "").startswith("HTTP/1.1 200 OK")


def test_the_cookie_opens_no_call(portal):
    cookie = portal.sign_in("insider")

    assert (
        portal.get("/deals/v1/canarypartner-things", **{"X-API-Key": portal.keys["insider"], "X-Entity": "one"}).status
        == 200
    )
    for path in (
        "/deals/v1/canarypartner-things",
        "/deals/v1/canarypartner-things/1",
        "/inner/v1/canaryinternal-things",
    ):
        assert portal.get(path, cookie, **{"X-Entity": "one"}).problem == "not-identified"


def test_the_cookie_of_the_portal_reaches_no_line_of_the_log(portal):
    cookie = portal.sign_in("guest")
    portal.get("/-/account", cookie)
    portal.post("/-/sign-out", {}, cookie)
    lines = [line for line in portal.lines() if line.get("consumer") == "guest"]

    assert [line["matched"] for line in lines[-2:]] == ["/-/sign-in", "/-/sign-out"]
    assert cookie.partition("=")[2] not in portal.log.getvalue()
    assert portal.keys["guest"] not in portal.log.getvalue()
