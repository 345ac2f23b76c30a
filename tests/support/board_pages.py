"""The board's pages without sockets: one browser after another, each with its cookie, and signatures to paste."""

import re
import threading
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

from gateway.trust.decision import DECISION_TYPE
from gateway.trust.root import ROOT_TYPE
from governance.decisions.detached import SIGN_IN_TYPE, find_text, sign_apart
from governance.web.app import BoardPages
from governance.web.ground import Place
from governance.web.origin import Origin

SIGNED_KINDS = (DECISION_TYPE, ROOT_TYPE, SIGN_IN_TYPE, "text/plain", "")
"""Payload types that are no statement's."""
ORIGIN = Origin("http", "localhost:8700")


class Pages:
    """The pages of a board (`board_acts.Acting`); `ahead` moves their clock."""

    def __init__(self, board, reports=(), origin=ORIGIN):
        self.board, self.origin = board, origin
        self.ahead = timedelta()
        self.app = BoardPages(Place(board.ws, board.trust, origin, tuple(reports)), self.clock)

    def clock(self):
        return datetime.now(UTC) + self.ahead


class Answer:
    """One answer."""

    def __init__(self, status, headers, body):
        self.status, self.body, self.text = status, body, body.decode()
        self.headers = {name.decode(): value.decode() for name, value in headers}

    @property
    def location(self):
        return self.headers["location"]

    @property
    def form(self):
        found = re.search(r'name="form" value="([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def digest(self):
        """The digest of the text that is to be signed."""
        return re.search(r'<code class="digest">(sha256:\w{64})', self.text)[1]

    @property
    def plain(self):
        return unescape(re.sub(r"<[^>]+>", "", self.text))


class Browser:
    """One browser at the pages."""

    def __init__(self, pages):
        self.pages, self.cookie, self.form = pages, "", ""

    async def ask(self, method, path, form=None, **headers):
        body = urlencode(form or {}).encode() if method == "POST" else b""
        stated = {"host": self.pages.origin.host, "cookie": self.cookie}
        if method == "POST":
            stated |= {"origin": self.pages.origin.text, "content-length": str(len(body))}
        stated |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in stated.items() if v], "scheme": "http",
            "server": ("localhost", 8700), "client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        await self.pages.app(scope, receive, send)
        answer = Answer(sent[0]["status"], sent[0]["headers"], b"".join(m.get("body", b"") for m in sent[1:]))
        if cookie := answer.headers.get("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        self.form = answer.form or self.form
        return answer

    async def get(self, path, **headers):
        return await self.ask("GET", path, **headers)

    async def post(self, path, headers=None, **form):
        return await self.ask("POST", path, {"form": self.form, **form}, **(headers or {}))

    async def paste(self, path, person, digest=""):
        """Sign what a page shows, as its member does elsewhere, and send it."""
        page = await self.get(path)
        text = (await self.get(path + "/text")).body
        digest = digest or page.digest
        line = sign_apart(find_text(digest, text, self.pages.board.ws), self.pages.board.key_of(person))
        return await self.post(path, signature=line)

    async def sign_in(self, person):
        answer = await self.paste("/sign-in", person)
        assert (answer.status, answer.location) == (303, "/"), answer.plain
        await self.get("/")
        return self

    async def say(self, person, name="first", act="approve", **said):
        """Ask for a text, sign it as that person, and send it."""
        asked = await self.post(f"/decisions/{name}/say", act=act, **said)
        if asked.status != 303:
            return asked
        return await self.paste(asked.location, person)


class Serving:
    """The pages on a real socket, in a thread of their own; `url` is their origin."""

    def __init__(self, board, reports=()):
        import asyncio

        from governance.web.serve import bound, serve_pages

        socket = bound("127.0.0.1", 0)
        port = socket.getsockname()[1]
        self.pages = Pages(board, reports, Origin("http", f"localhost:{port}"))
        self.url = self.pages.origin.text
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

        def run():
            self._loop.run_until_complete(serve_pages(self._stop, self.pages.app, socket, ready.set))
            self._loop.close()

        self._thread = threading.Thread(target=run)
        self._thread.start()
        assert ready.wait(20)

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
