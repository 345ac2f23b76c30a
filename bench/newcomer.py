"""From the portal's address to a first successful typed call, as somebody new would: by what its pages say alone.

The example runs; its owner hands out an API key and, to another consumer, a token. From then on every address, command
and line of code is taken from the page that the one before leads to, and run as it stands, in an empty folder with a
fresh environment. What the pages do not say would have to be looked up elsewhere: it is counted, and fails the run.
"""

import argparse
import html
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from governance.demo.fleet import Fleet  # noqa: E402
from governance.demo.process import free_ports  # noqa: E402

API = "Stock and reservations"
"""What the newcomer was told to use."""
PAGES_SECONDS = 600


class LookedUpError(Exception):
    """What a page does not say."""


@dataclass
class Newcomer:
    """Somebody with a browser, a shell and a credential."""

    origin: str
    variable: str
    credential: str
    cookie: str = ""
    steps: list[tuple[str, float]] = field(default_factory=list)

    def read(self, path: str) -> str:
        """A page."""
        status, _, text = self._ask("GET", path)
        if status != http.client.OK:
            raise LookedUpError(f"{path} answers {status}")
        return text

    def sign_in(self, page: str) -> None:
        """Paste the credential into the form."""
        form = _found(r'<form class="sign-in" action="([^"]+)"', page, "a form to sign in with")
        named = _found(r'<form class="sign-in".*?<input [^>]*name="(\w+)"', page, "a field for the credential")
        body = urllib.parse.urlencode({named: self.credential})
        status, headers, text = self._ask("POST", form, body)
        if status != http.client.SEE_OTHER:
            raise LookedUpError(f"signing in answers {status}: {text[:300]}")
        self.cookie = headers["set-cookie"].partition(";")[0]

    def run(self, folder: Path, script: str) -> str:
        """A script in the newcomer's shell; what it prints."""
        kept = ("PATH", "HOME", "LANG", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
        shell = {name: value for name, value in os.environ.items() if name in kept or name.startswith("PIP_")}
        shell[self.variable] = self.credential
        ran = subprocess.run(
            ["bash", "-e", "-c", script], cwd=folder, env=shell, capture_output=True, text=True, check=False,
            timeout=PAGES_SECONDS,
        )  # fmt: skip
        if ran.returncode:
            raise LookedUpError(f"what the page says ends with {ran.returncode}: {ran.stderr[-600:]}")
        return ran.stdout

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, str], str]:
        parts = urllib.parse.urlsplit(self.origin)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()


def _found(pattern: str, page: str, what: str) -> str:
    found = re.search(pattern, page, re.DOTALL)
    if found is None:
        raise LookedUpError(f"the page does not say: {what}")
    return html.unescape(found[1])


def _link(page: str, words: str) -> str:
    return _found(rf'<a href="([^"]+)"[^>]*>{re.escape(words)}', page, f"a link `{words}`")


def _block(page: str, heading: str) -> str:
    return _found(rf"<h3>{heading}</h3>.*?<pre><code>(.*?)</code></pre>", page, f"what to paste under `{heading}`")


def walk(newcomer: Newcomer, folder: Path) -> str:
    """All of it; what the first call printed. Raises LookedUpError."""
    began = time.monotonic()

    def done(step: str) -> None:
        nonlocal began
        newcomer.steps.append((step, time.monotonic() - began))
        began = time.monotonic()

    first = newcomer.read("/")
    newcomer.sign_in(newcomer.read(_link(first, "Sign in")))
    done("signed in")
    contracts = newcomer.read(_link(first, "Contracts"))
    version = newcomer.read(_link(newcomer.read(_link(contracts, API)), "version"))
    install, call = _block(version, "Install"), _block(version, "First call")
    _found(rf"(export {newcomer.variable}=)", version, f"where to put the credential ({newcomer.variable})")
    done("found the client and its first call")
    newcomer.run(folder, install)
    done("installed")
    (folder / "first.py").write_text(call)
    printed = newcomer.run(folder, ". .venv/bin/activate\npython first.py")
    done("called")
    if not re.match(r"stock=\[Stock\(material='PUMP-40'", printed):
        raise LookedUpError(f"the first call printed no typed value: {printed[:200]}")
    return printed


def main() -> int:
    """Exit 0 when both got there by the pages alone."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    port = free_ports(1)[0]
    looked_up: list[str] = []
    with Fleet(port, with_valkey=False, clients=True) as fleet, tempfile.TemporaryDirectory() as place:
        token = subprocess.run(
            [sys.executable, "-m", "governance.cli.main", "token", "webshop", "--scope", "stock.read"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        for variable, credential in (("API_KEY", fleet.keys["portal"]), ("TOKEN", token)):
            newcomer = Newcomer(fleet.url, variable, credential)
            folder = Path(place) / variable
            folder.mkdir()
            try:
                printed = walk(newcomer, folder)
            except LookedUpError as error:
                looked_up.append(f"{variable}: {error}")
                printed = ""
            total = sum(seconds for _, seconds in newcomer.steps)
            told = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in newcomer.steps)
            print(f"with {'an API key' if variable == 'API_KEY' else 'a token'}: {total:.1f} s ({told})")
            print(f"  it printed {printed.strip()[:110]}")
    print(f"looked up elsewhere: {len(looked_up)}" + "".join(f"\n  {one}" for one in looked_up))
    return 1 if looked_up else 0


if __name__ == "__main__":
    sys.exit(main())
