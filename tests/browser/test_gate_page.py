"""The board's report in real Chromium: of a real change, and of one of everything with text that attacks."""

import contextlib
import io
from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, TABLET
from gate_repository import Repository, made
from gate_verdicts import attacked
from hostile_documents import EVERYTHING
from outside_documents import CORPUS

from governance.cli.main import main
from governance.reports.gate_context import Context
from governance.reports.gate_html import as_html

PAGES = ("real", "attacked")
PAIR = ("2023-12-15_2e9b5282.json", "2024-02-02_fb6f1262.json")
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
    page_of(repository, found["real"])
    hostile = Context(f"b {EVERYTHING}", ("--trust", EVERYTHING), "", EVERYTHING, titles={"orders": EVERYTHING})
    found["attacked"].write_text(as_html(attacked(EVERYTHING), hostile), encoding="utf-8")
    return found


def page_of(repository, target):
    """The board's report on what is checked out, against `main`."""
    with contextlib.redirect_stderr(io.StringIO()) as told:
        code = main(["gate", "--base", "main", "-w", str(repository.ws), "--format", "html", "-o", str(target)])
    assert code == 1, told.getvalue()
    return target


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


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS names no outside documents")
async def test_a_real_pair(tmp_path, page_at):
    repository = Repository(tmp_path / "repository")
    old, new = (Path(CORPUS) / "real" / "paypal-orders" / name for name in PAIR)
    repository.write("contracts/paypal/api.yaml", "{title: Orders, owner: o, versions: {'1.0': {stage: active}}}")
    repository.write("contracts/paypal/1.0.json", old.read_text(encoding="utf-8"))
    repository.commit("base")
    repository.git("switch", "-q", "-c", "change")
    repository.write("contracts/paypal/1.0.json", new.read_text(encoding="utf-8"))
    repository.commit("change")
    visit = await page_at(PHONE, page_of(repository, tmp_path / "page.html"))

    await visit.assert_inert()
    for width in (PHONE, TABLET, DESKTOP):
        await visit.resize(width)
        await visit.assert_fits()
        await visit.assert_accessible()
