"""The judges of pages find what they are there to find."""

import pytest
from browsing import PHONE

HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>{}</head><body><main><h1>t</h1>{}</main>'


@pytest.fixture
def page(tmp_path, page_at):
    async def make(body, head="", width=PHONE):
        path = tmp_path / "page.html"
        path.write_text(HEAD.format(head, body), encoding="utf-8")
        return await page_at(width, path)

    return make


async def test_a_good_page(page):
    visit = await page('<p>text <a href="#a">link</a> <a href="https://docs.example/">other</a></p><p id="a">a</p>')

    await visit.assert_accessible()
    await visit.assert_inert()
    await visit.assert_fits()


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.title='ran'</script>",
        "<p onmouseover=\"document.title='ran'\">a</p>",
        "<a href=\"javascript:document.title='ran'\">a</a>",
        '<form action="/a"></form>',
        '<p style="color: red">a</p>',
        "<iframe></iframe>",
        '<a href="data:text/html,a">a</a>',
    ],
)
async def test_what_could_run_is_found(page, body):
    visit = await page(body)

    with pytest.raises(AssertionError):
        await visit.assert_inert()


async def test_what_is_fetched_is_found(page):
    visit = await page('<img src="http://evil.example/a.png" alt="a">')

    assert visit.refused == ["http://evil.example/a.png"]
    visit.refused.clear()
    visit.said.clear()


@pytest.mark.parametrize("code", ["console.log('a')", "alert('a')", "throw Error('a')", "window.open('about:blank')"])
async def test_what_a_script_does_is_found(page, code):
    visit = await page(f"<script>{code}</script>")
    await visit.page.wait_for_timeout(50)

    assert len(visit.said) == 1
    visit.said.clear()


async def test_a_broken_policy_is_found(page):
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    visit = await page("<script>document.title='ran'</script>", policy)

    assert await visit.page.title() == "t"
    assert "Content Security Policy" in visit.said[0]
    visit.said.clear()


async def test_what_is_not_accessible_is_found(page):
    visit = await page('<img src="" alt><p><a href="#"></a></p><h4>skipped</h4>')

    with pytest.raises(AssertionError, match="link-name"):
        await visit.assert_accessible()


async def test_what_is_too_wide_is_found(page):
    visit = await page(f"<p>{'a' * 500}</p>")

    with pytest.raises(AssertionError, match="360"):
        await visit.assert_fits()
