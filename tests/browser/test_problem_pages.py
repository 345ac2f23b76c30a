"""The gateway's pages of problem types in real Chromium, from a gateway on a real socket."""

import pytest
from browsing import DESKTOP, PHONE, TABLET
from gateway_thread import GatewayThread

PAGES = {
    "the index": "/-/problems/",
    "a problem": "/-/problems/request-violates-contract",
    "a problem of a system": "/-/problems/answer-violates-contract",
    "a page that is not there": "/-/problems/nothing%22%3E%3Cscript%3Edocument.title='ran'%3C/script%3E",
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    running = GatewayThread(tmp_path_factory.mktemp("problems"), {})
    yield f"http://127.0.0.1:{running.port}"
    running.stop()


@pytest.mark.parametrize("name", PAGES)
async def test_nothing_runs_everything_fits_and_is_accessible(name, gateway, page_at):
    visit = await page_at(PHONE, gateway + PAGES[name])

    await visit.assert_inert()
    assert await visit.page.title() != "ran"
    for width in (PHONE, TABLET, DESKTOP):
        await visit.resize(width)
        await visit.assert_fits()
        await visit.assert_accessible()
    await visit.page.emulate_media(color_scheme="dark")
    await visit.assert_accessible("color-contrast")


async def test_a_problem_is_reached_from_the_index(gateway, page_at):
    visit = await page_at(PHONE, gateway + PAGES["the index"])

    await visit.page.get_by_role("link", name="not-identified").click()
    assert visit.page.url.endswith("/-/problems/not-identified")
    assert "no credential" in await visit.page.inner_text("h1")
