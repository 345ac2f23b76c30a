"""A page in real Chromium: what it fetched, said and ran, whether it is accessible, whether it fits."""

import json
import shutil
from functools import cache
from importlib import resources

PHONE, TABLET, DESKTOP = WIDTHS = (360, 800, 1280)
"""CSS pixels."""
PAPER = 718
"""A4 without margins of a centimetre, in CSS pixels."""
HEIGHT = 800
ARGUMENTS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
MISSING = "Chromium is not installed (`make browser` installs it where it may), so no page was looked at in a browser"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium():
    """Where Chromium is; None where it is not installed."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


class Visit:
    """One page in a window of its own; `page` is Playwright's. Nothing is let out but to `origin`."""

    def __init__(self, page, origin):
        self.page = page
        self.origin = origin
        self.refused = []
        """Addresses that the page asked for and must not."""
        self.said = []
        """Messages of the console, violations of its policy among them, errors of scripts, dialogs, new windows."""
        self._visited = set()
        page.on("request", self._note)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(f"script error: {error}"))
        page.on("dialog", self._dismiss)
        page.on("popup", lambda other: self.said.append(f"window: {other.url}"))
        page.on("download", lambda other: self.said.append(f"download: {other.url}"))

    def _note(self, request):
        if request.is_navigation_request():
            self._visited.add(request.url)

    def _hear(self, message):
        missing = message.text.startswith("Failed to load resource")
        if not (missing and message.location["url"] in self._visited):  # the page itself may be one that says 404
            self.said.append(f"console {message.type}: {message.text}")

    async def _dismiss(self, dialog):
        self.said.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    async def judge(self, route):
        """Let a request pass, or note and refuse it."""
        url = route.request.url
        if url == self.origin or url.startswith(self.origin.rstrip("/") + "/"):
            await route.continue_()
        else:
            self.refused.append(url)
            await route.abort()

    def assert_quiet(self):
        """Nothing was fetched from elsewhere, no script failed or opened anything, and the console is empty."""
        assert (self.refused, self.said) == ([], []), (self.refused, self.said)

    async def assert_inert(self):
        """Nothing on the page could run or fetch: no such element, no handler, no address but http, file and anchors.

        A served page may have styles and forms of its own origin.
        """
        found = await self.page.evaluate(_ACTIVE)
        assert found == [], found

    async def resize(self, width):
        """Make the window as wide as that (CSS pixels)."""
        await self.page.set_viewport_size({"width": width, "height": HEIGHT})

    async def on_paper(self):
        """Lay the page out as for printing on A4."""
        await self.page.emulate_media(media="print")
        await self.resize(PAPER)

    async def assert_accessible(self, *rules):
        """axe finds no violation, of all its rules or of these."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(axe_source())
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        found = await self.page.evaluate("o => axe.run(document, o)", {"resultTypes": ["violations"], **only})
        told = [
            {"rule": one["id"], "why": one["help"], "at": [node["html"][:300] for node in one["nodes"][:3]],
             "nodes": len(one["nodes"]), "said": one["nodes"][0]["failureSummary"]}
            for one in found["violations"]
        ]  # fmt: skip
        assert told == [], json.dumps(told, indent=2)

    async def assert_fits(self):
        """The page is not wider than its window: nobody scrolls sideways, but within a part that says so."""
        wide = await self.page.evaluate(_TOO_WIDE)
        assert wide == [], wide


@cache
def axe_source():
    """axe-core as axe-playwright-python ships it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


_ACTIVE = """() => {
  const bad = [...document.querySelectorAll(
    'script, iframe, frame, object, embed, img, video, audio, svg, math, base, form, link, portal, template')]
    .filter(e => !(location.protocol !== 'file:' && /^(LINK|FORM)$/.test(e.tagName)
      && new URL(e.getAttribute(e.tagName === 'LINK' ? 'href' : 'action') ?? '', location.href).origin === location.origin))
    .map(e => e.outerHTML.slice(0, 200));
  for (const e of document.querySelectorAll('*'))
    for (const a of e.attributes)
      if (/^on/i.test(a.name) || a.name === 'style' || (/^(href|src|action|xlink:href)$/i.test(a.name)
          && !/^(https?:|file:)$/.test(new URL(a.value, location.href).protocol)))
        bad.push(`${e.tagName} ${a.name}=${a.value.slice(0, 200)}`);
  return bad;
}"""
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= room) return [];
  const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > room + 1);
  return [`${document.scrollingElement.scrollWidth} > ${room}`, ...wide.slice(0, 8).map(
    e => `${e.tagName} ${Math.round(e.getBoundingClientRect().right)}: ${e.outerHTML.slice(0, 160)}`)];
}"""
