"""One Chromium for the whole run, and pages in it. Every test here is marked `browser`."""

import os
from pathlib import Path

import pytest
import pytest_asyncio
from browsing import ARGUMENTS, HEIGHT, MISSING, Visit, find_chromium
from playwright.async_api import async_playwright

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """One event loop for all of them, as the browser belongs to one."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    """The browser. Without one tests are skipped, but on CI they fail."""
    program = find_chromium()
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=False, args=list(ARGUMENTS)
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page_at(chromium):
    """`await page_at(width, source)`: the page at an address, or of a file, in a window of that width (CSS pixels).

    `source` is an http address, whose origin alone may be asked, or a path, beside which nothing may. After the test
    each page must have been quiet: nothing fetched from elsewhere, nothing on its console.
    """
    visits, contexts = [], []

    async def open_page(width, source, *, dark=False):
        url = source.resolve().as_uri() if isinstance(source, Path) else source
        origin = url if isinstance(source, Path) else "/".join(url.split("/")[:3])
        context = await chromium.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme="dark" if dark else "light", locale="en-GB"
        )
        contexts.append(context)
        visit = Visit(await context.new_page(), origin)
        visits.append(visit)
        await context.route("**/*", visit.judge)
        await visit.page.goto(url)
        return visit

    yield open_page
    for context in contexts:
        await context.close()
    for visit in visits:
        visit.assert_quiet()
