"""Every page of the portal in real Chromium: inert, accessible, right on a phone; signing in and out as people do."""

import os
import re

import pytest
from browsing import DESKTOP, PHONE, TABLET
from portal_workspace import Portal, links

EVERY = "TIDEWAITER_EVERY_PAGE"
"""Set, it makes the tests look at every page that there is."""
KINDS = {
    "home": r"/", "contracts": r"/-/", "api": r"/-/apis/[^/]+", "version": r"/-/apis/[^/]+/[^/]+",
    "operation": r"/-/apis/[^/]+/[^/]+/operations/.+", "schema": r"/-/apis/[^/]+/[^/]+/schemas/.+",
    "credentials": r"/-/credentials", "status": r"/-/status", "sign-in": r"/-/sign-in", "search": r"/-/search",
    "problems": r"/-/problems/", "problem": r"/-/problems/.+", "account": r"/-/account",
}  # fmt: skip
EXTRA = ("/-/search?q=canary", "/-/search?q=nothingatall")
_NOT_OURS = """() => [...document.querySelectorAll(
    'script, iframe, frame, object, embed, img, video, audio, svg, math, base, portal, template, [style]')]
    .concat([...document.querySelectorAll('form')].filter(f => new URL(f.action).origin !== location.origin))
    .concat([...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))))
    .concat([...document.querySelectorAll('[href]')].filter(e => !/^https?:$/.test(new URL(e.href).protocol)))
    .map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    made = Portal(tmp_path_factory.mktemp("browser"), clients=True)
    path = "/-/contracts/inner/1.0.json"
    older = made.get(path, made.sign_in("insider")).header("contract-digest")
    for digest in (older, "unknown"):  # so that the account's page has clients to tell of
        sent = {"X-API-Key": made.keys["insider"], "X-Entity": "one", "X-Contract-Digest": digest}
        made.call("GET", "/inner/v1/canaryinternal-things", sent)
    yield made
    made.stop()


async def sign_in(visit, portal, consumer):
    await visit.page.goto(f"{portal.origin}/-/sign-in")
    await visit.page.get_by_label("API key or access token").fill(portal.keys[consumer])
    await visit.page.get_by_role("button", name="Sign in").click()
    await visit.page.wait_for_url("**/-/account")


async def assert_good(visit):
    """As `assert_inert`, but for the portal's own forms."""
    found = await visit.page.evaluate(_NOT_OURS)
    assert found == [], found
    await visit.assert_accessible()
    await visit.assert_fits()


def each_kind(paths):
    """Two pages of each kind, and of those with hostile names; every page where that is asked for."""
    if os.environ.get(EVERY):
        return [path for path in paths if not re.match(r"/-/(contracts/|clients/|sign-out|style|icon)", path)]
    chosen = []
    for pattern in KINDS.values():
        found = sorted(path for path in paths if re.fullmatch(pattern, path))
        chosen += found[:2] + [path for path in found if "/at-" in path][:1]
    return list(dict.fromkeys([*chosen, *EXTRA]))


@pytest.mark.timeout(240)  # the first one writes the clients, too
@pytest.mark.parametrize("consumer", ["", "insider"])
async def test_each_kind_of_page(portal, page_at, consumer):
    visit = await page_at(PHONE, portal.origin + "/")
    if consumer:
        await sign_in(visit, portal, consumer)
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in await visit.page.context.cookies())
    paths = each_kind(portal.crawl(cookies))
    kinds = {kind for kind, pattern in KINDS.items() if any(re.fullmatch(pattern, path) for path in paths)}
    assert kinds >= set(KINDS) - {"search", *(() if consumer else ("account",))}
    for path in paths:
        if path == "/-/account" and not consumer:
            continue
        answer = await visit.page.goto(portal.origin + path)
        assert answer.status == 200, path
        assert await visit.page.title(), path
        await assert_good(visit)
    assert len(paths) > 15


@pytest.mark.parametrize(("width", "dark"), [(PHONE, True), (TABLET, False), (DESKTOP, True)])
async def test_at_every_width_and_in_the_dark(portal, page_at, width, dark):
    visit = await page_at(width, portal.origin + "/", dark=dark)
    await sign_in(visit, portal, "insider")
    for path in ("/-/account", "/-/apis/deals/1.1/operations/readCANARYPARTNER", "/-/status"):
        await visit.page.goto(portal.origin + path)
        await assert_good(visit)


async def test_signing_in_and_out_as_people_do(portal, page_at):
    visit = await page_at(DESKTOP, portal.origin + "/")
    page = visit.page
    await page.get_by_role("link", name="Sign in").first.click()
    await page.get_by_label("API key or access token").fill(portal.keys["guest"])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/-/account")
    assert await page.get_by_role("heading", level=1).inner_text() == "Guest shop"
    assert await page.evaluate("document.cookie") == "", "no script could read it"

    await page.get_by_role("searchbox", name="Search").fill("canarypartner")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Read CANARYPARTNER").first.click()
    assert "First call" in await page.inner_text("main")

    await page.goto(f"{portal.origin}/-/account")
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/-/")
    assert "CANARYPARTNER" not in await page.content()
    assert await page.context.cookies() == []
    await page.go_back()
    assert "Guest shop" not in await page.content(), "nothing of it is kept by the browser"


async def test_a_refused_key_is_told_beside_the_form(portal, page_at):
    visit = await page_at(PHONE, f"{portal.origin}/-/sign-in")
    await visit.page.get_by_label("API key or access token").fill("tw_rubbish")
    await visit.page.get_by_role("button", name="Sign in").click()

    assert "The API key is not accepted" in await visit.page.get_by_role("alert").inner_text()
    await assert_good(visit)
    assert [said for said in visit.said if "401" not in said] == []
    visit.said.clear()  # Chromium says that the answer was 401


async def test_a_form_on_another_page_signs_nobody_in(portal, page_at, tmp_path):
    """The browser sends it: what it says of where it comes from is what refuses it."""
    evil = tmp_path / "evil.html"
    evil.write_text(f'<form action="{portal.origin}/-/sign-in" method="post"><input name="credential" '
                    f'value="{portal.keys["guest"]}"><button>Win</button></form>', encoding="utf-8")  # fmt: skip
    visit = await page_at(DESKTOP, portal.origin + "/")
    context = visit.page.context
    await context.unroute("**/*")
    await visit.page.goto(evil.as_uri())
    await visit.page.get_by_role("button", name="Win").click()
    await visit.page.wait_for_url("**/-/sign-in")

    assert "not sent from this portal" in await visit.page.inner_text("main")
    assert await context.cookies() == []
    visit.said.clear()  # 403


async def test_the_keyboard_reaches_the_page_at_once(portal, page_at):
    visit = await page_at(DESKTOP, f"{portal.origin}/-/")
    await visit.page.keyboard.press("Tab")

    assert await visit.page.evaluate("document.activeElement.textContent") == "Skip to the page"
    assert "/-/apis/open" in links(await visit.page.content())
