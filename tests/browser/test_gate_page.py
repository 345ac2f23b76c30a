"""The board's report in real Chromium: of a real change, and of one of everything with text that attacks."""

import contextlib
import io

import pytest
from browsing import DESKTOP, PHONE, TABLET
from gate_repository import made
from gate_verdicts import attacked
from hostile_documents import EVERYTHING

from governance.cli.main import main
from governance.reports.gate_context import Context
from governance.reports.gate_html import as_html

PAGES = ("real", "attacked")
HIDDEN = (
    "[...document.querySelectorAll('main *')].filter(e => !e.checkVisibility({contentVisibilityAuto: true}))"
    ".map(e => e.outerHTML.slice(0, 200))"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """By name the page, as a file."""
    folder = tmp_path_factory.mktemp("gate")
    repository = made(folder / "repository")
    found = {name: folder / f"{name}.html" for name in PAGES}
    with contextlib.redirect_stderr(io.StringIO()) as told:
        code = main(["gate", "--base", "main", "-w", str(repository.ws), "--format", "html", "-o", str(found["real"])])
    assert code == 1, told.getvalue()
    hostile = Context(f"b {EVERYTHING}", ("--trust", EVERYTHING), "", EVERYTHING, titles={"orders": EVERYTHING})
    found["attacked"].write_text(as_html(attacked(EVERYTHING), hostile), encoding="utf-8")
    return found


@pytest.mark.parametrize("name", PAGES)
async def test_nothing_runs_everything_fits_and_is_accessible(name, pages, page_at):
    visit = await page_at(PHONE, pages[name])

    assert ("document.title='ran'" in await visit.page.inner_text("main")) == (name == "attacked")
    assert await visit.page.title() != "ran"
    await visit.assert_inert()
    for width in (PHONE, TABLET, DESKTOP):
        await visit.resize(width)
        await visit.assert_fits()
        await visit.assert_accessible()
    await visit.page.emulate_media(color_scheme="dark")
    await visit.assert_accessible("color-contrast")


@pytest.mark.parametrize("name", PAGES)
async def test_on_paper_nothing_is_folded_away_or_cut_off(name, pages, page_at):
    visit = await page_at(DESKTOP, pages[name])

    await visit.on_paper()
    await visit.assert_fits()
    assert await visit.page.evaluate(HIDDEN) == []


async def test_on_a_phone_the_decision_stands_on_the_first_screen(pages, page_at):
    visit = await page_at(PHONE, pages["real"])

    for words in ("To be decided by", "It breaks something for", "What is asked"):
        box = await visit.page.get_by_text(words).first.bounding_box()
        assert box["y"] + box["height"] < visit.page.viewport_size["height"], words


async def test_links_lead_to_their_part(pages, page_at):
    visit = await page_at(PHONE, pages["real"])

    links = visit.page.locator("main a")
    assert await links.count() > 12
    for number in range(await links.count()):
        await links.nth(number).click()
        assert await visit.page.evaluate("document.querySelector(':target') !== null"), await links.nth(
            number
        ).inner_text()
