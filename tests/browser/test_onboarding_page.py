"""The onboarding report in real Chromium, with evidence whose every text attacks."""

import re

import pytest
from browsing import DESKTOP, PHONE, TABLET

from governance.reports.onboarding_html import as_html

ATTACK = (
    "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>\u202e"
    "{{ 7*7 }}</style><svg onload=document.title='ran'>"
)
LONG = "a" * 300


def evidence():
    """What steps find, as they keep it; every text that comes from outside attacks."""
    operation = f"{ATTACK}@1.0 {LONG}"
    finding = {
        "operation": operation, "message": ATTACK, "do": f"`{ATTACK}`", "reason": ATTACK, "rule": "answer-drift",
        "fingerprint": "0" * 12, "severity": "error", "calls": 3, "evidence": [{"entry": 1, "commitment": "x"}],
    }  # fmt: skip
    fuzz = {
        "untested": [{"operation": f"{ATTACK} {LONG}", "reason": ATTACK, "sample": ATTACK}],
        "form": ATTACK, "seed": 1, "started": ATTACK, "counts": {"error": 1, "warning": 1, "info": 0},
        "findings": [finding, {**finding, "severity": "warning"}],
        "coverage": [
            {"operation": operation, "tested": tested, "calls": 4, "held_back": 1,
             "statuses": {"200": 2, "0": 1}} for tested in (True, False)
        ],
        "tightness": [{"operation": operation, "score": None, "allows": 0.5, "catches": None}],
        "crossings": [
            {"operation": operation, "calls": 5, "agreed": 1, "too_tight": 1, "hole": 1, "kept_back": 1, "changed": 1}
        ],
        "cleaned": {ATTACK: {"deleted": 1, "left": 1, "reason": ATTACK}},
    }  # fmt: skip
    system = {
        "system": ATTACK, "product": "generic", "exchanges": 3, "faults": {ATTACK: 1},
        "seconds": {"median": 0.1, "most_of_95": 0.2, "most": 0.3},
        "budgets": [{"name": ATTACK, "unit": "requests", "amount": 5, "window_seconds": 60, "used_at_most": 3}],
        "overload": {"answers": 1, "statuses": {"429": 1}, "with_retry_after": 0},
        "findings": [{"rule": "no-retry-after", "message": ATTACK, "do": ATTACK}],
        "limits": [
            {"limit": ATTACK, "stated": ATTACK, "seen": ATTACK, "verdict": verdict, "propose": f"state `{ATTACK}`"}
            for verdict in ("holds", "lower")
        ],
    }  # fmt: skip
    agreed = {"by": ATTACK, "until": "2026-12-31", "at_once": 8, "requests": 100, "seconds": 60}
    recording = {"digest": "sha256:" + "2" * 64, "entries": 3, "messages": 7, "kept_until": "2027-02-24"}
    change = {"name": ATTACK, "does": ["breaks"], "reasons": [ATTACK], "consumers": [ATTACK]}
    checked = {"file": ATTACK, "line": 1, "message": ATTACK, "remedy": ATTACK, "rule": ATTACK}
    linted = {
        "contract": ATTACK, "pointer": ATTACK, "message": ATTACK, "rule": ATTACK, "fingerprint": "0" * 12,
        "waived": [ATTACK],
    }  # fmt: skip
    client = {"contract": ATTACK, "distribution": ATTACK, "version": "1", "operations": 2, "left_out": [{}]}
    return {
        "fuzz": fuzz, "limits": {
            "share": 0.5, "systems": [system], "agreed": agreed, "not_probed": "", "recording": recording,
        }, "diff": {"changes": [change], "base": ""},
        "check": {"findings": [checked]}, "lint": {"findings": [linted]},
        "client": {"clients": [client], "checker": "mypy --strict"},
    }  # fmt: skip


def about():
    return {
        "entity": {"id": "mse", "name": ATTACK, "country": "SE", "owner": ATTACK}, "environment": "prod",
        "tested_in": "test", "contracts": {ATTACK: {"digest": "sha256:" + "0" * 64, "overlay": None}},
        "counts": {"fuzz": {"error": 1, "warning": 1}}, "coverage": {"a": True, "b": False},
        "not_tested": [f"{ATTACK} {LONG}"], "left_out": [{"operation": ATTACK, "reason": ATTACK}],
        "waivers": [{"name": ATTACK, "until": "2026-12-31", "reason": ATTACK}], "seed": 1,
        "recording": {"digest": "sha256:" + "1" * 64, "entries": 15, "kept_until": "2027-02-24"},
        "rule_sets": {"base": "", "lint": ATTACK, "fuzz": "tidewaiter-fuzz/1"}, "tools": {"tidewaiter": ATTACK},
    }  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("onboarding") / "report.html"
    path.write_text(as_html(about(), evidence()), encoding="utf-8")
    return path


async def test_nothing_of_it_is_markup(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<(?!/?(?:html|head|meta|title|style|body|main|h[1-4]|p|strong|section|dl|dt|dd|ul|li|code|article"
                         r"|div|table|thead|tbody|tr|th|td)\b|!doctype)", text)  # fmt: skip
    assert "{{" in text
    assert "\u202e" not in text
    assert "default-src 'none'" in text


async def test_what_stays_is_told_first_and_counts_agree(page):
    text = page.read_text(encoding="utf-8")
    assert text.index("What stays in its systems") < text.index("What is decided")
    assert "1 record of the run stays in the system" in text
    assert (
        "15 calls: 8 to the operations below, 5 of these once more through the whole gateway, 2 without a cred" in text
    )
    assert "4 calls: 2 answered with 200, 1 without an answer, 1 not sent" in text
    assert "not known, for the system refused no call for its form" in text
    assert "7 messages went to systems, of 3 calls" in text
    assert "slowest" not in text


async def test_nothing_runs_everything_fits_and_is_accessible(page, page_at):
    visit = await page_at(PHONE, page)

    assert "document.title='ran'" in await visit.page.inner_text("main")
    assert await visit.page.title() != "ran"
    await visit.assert_inert()
    for width in (PHONE, TABLET, DESKTOP):
        await visit.resize(width)
        await visit.assert_fits()
        await visit.assert_accessible()
    await visit.page.emulate_media(color_scheme="dark")
    await visit.assert_accessible("color-contrast")
    await visit.on_paper()
    await visit.assert_fits()
