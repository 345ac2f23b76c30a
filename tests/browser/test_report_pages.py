"""The HTML reports in real Chromium, with contracts and files whose every text attacks."""

import contextlib
import io

import pytest
from browsing import DESKTOP, PHONE, TABLET
from hostile_documents import attacking_workspace
from outside_documents import CORPUS

from governance.cli.main import main

COMMANDS = {
    "diff": ("diff", "orders@1.1", "--against", "all-supported", "--at", "2027-01-26"),
    "lint": ("lint",),
    "lifecycle": ("lifecycle", "--at", "2026-11-26"),
    "changelog": ("changelog", "orders@1.0", "orders@1.1"),
}


XERO = ("real/xero-accounting/2025-08-06_3234a8c6.yaml", "real/xero-accounting/2026-07-14_58616f48.yaml")
REAL = {"diff": XERO, "lint": ("real/paypal-orders/2024-02-02_fb6f1262.json",)}


def make(target, *arguments):
    """The page of a command, as a file."""
    with contextlib.redirect_stderr(io.StringIO()) as told:
        code = main([*arguments, "--format", "html", "-o", str(target)])
    assert code in (0, 1), told.getvalue()
    return target


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Each command's page, as a file."""
    folder = tmp_path_factory.mktemp("reports")
    attacking_workspace(folder / "ws")
    return {
        name: make(folder / f"{name}.html", *arguments, "-w", str(folder / "ws"))
        for name, arguments in COMMANDS.items()
    }


@pytest.fixture(scope="module")
def real_reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    return {
        name: make(folder / f"{name}.html", name, *(f"{CORPUS}/{file}" for file in files))
        for name, files in REAL.items()
    }


@pytest.mark.parametrize("name", COMMANDS)
async def test_nothing_runs_everything_fits_and_is_accessible(name, reports, page_at):
    visit = await page_at(PHONE, reports[name])

    assert "document.title='ran'" in await visit.page.inner_text("main")
    assert await visit.page.title() != "ran"
    await visit.assert_inert()
    for width in (PHONE, TABLET, DESKTOP):
        await visit.resize(width)
        await visit.assert_fits()
        await visit.assert_accessible()
    await visit.page.emulate_media(color_scheme="dark")
    await visit.assert_accessible("color-contrast")


@pytest.mark.parametrize("name", COMMANDS)
async def test_on_paper_nothing_is_folded_away_or_cut_off(name, reports, page_at):
    visit = await page_at(DESKTOP, reports[name])

    await visit.on_paper()
    await visit.assert_fits()
    hidden = await visit.page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.checkVisibility({contentVisibilityAuto: true}))"
        ".map(e => e.outerHTML.slice(0, 200))"
    )
    assert hidden == []


async def test_what_is_folded_opens_without_a_script(reports, page_at):
    visit = await page_at(PHONE, reports["diff"])
    body = visit.page.locator("details", has_text="Why").first.locator("p").first

    assert not await body.is_visible()
    await visit.page.locator("summary", has_text="Why").first.click()
    assert await body.is_visible()


async def test_links_of_the_overview_lead_to_the_comparison(reports, page_at):
    visit = await page_at(PHONE, reports["diff"])

    await visit.page.get_by_role("link", name="orders@1.0").click()
    assert await visit.page.evaluate("document.querySelector(':target h2').innerText.startsWith('orders@1.0')")


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS names no outside documents")
@pytest.mark.parametrize("name", REAL)
async def test_reports_of_real_documents(name, real_reports, page_at):
    visit = await page_at(PHONE, real_reports[name])

    await visit.assert_inert()
    for width in (PHONE, TABLET, DESKTOP):
        await visit.resize(width)
        await visit.assert_fits()
        await visit.assert_accessible()
