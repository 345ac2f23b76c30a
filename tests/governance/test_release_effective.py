"""`tidewaiter release diff --effective`: each kind of change, in words, for whom."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from governance.starter import write_workspace

CONSUMER, ENTITY, PLANS = "consumers/first-app.yaml", "entities/acme.yaml", "policies/plans.yaml"
API, DOCUMENT = "contracts/sales/api.yaml", "contracts/sales/1.0.yaml"
SECOND = """name: Second
country: FR
owner: b@example.com
stage: onboarded
offers: [{contract: sales@1.0, system: sample, shared: true}]
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    folder = tmp_path_factory.mktemp("effective") / "ws"
    write_workspace(folder, datetime(2026, 11, 26, tzinfo=UTC).timestamp())
    return folder


@pytest.fixture
def after(before, tmp_path):
    shutil.copytree(before, tmp_path / "ws")
    return tmp_path / "ws"


def edit(folder, file, old, new):
    text = (folder / file).read_text()
    assert old in text, f"{old!r} is not in {file}"
    (folder / file).write_text(text.replace(old, new, 1))


def told(command, before, after, *more):
    code, out, _ = command("release", "diff", before, after, "--effective", "--format", "json", *more)
    assert code == 0
    return [(one["turn"], one["what"], tuple(one["consumers"]), one["words"]) for one in json.loads(out)["effects"]]


def test_nothing_changed(command, before, after):
    assert told(command, before, after) == []
    _, out, _ = command("release", "diff", before, after, "--effective")
    assert "Nobody gains or loses anything." in out


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (PLANS, "requests: 120", "requests: 60", ("loses", "limit", ("first-app",), "per-minute: 60 in 60 s, 20 of them at once, and was 120 in 60 s, 20 of them at once")),
        (PLANS, "requests: 20000", "requests: 30000", ("gains", "limit", ("first-app",), "per-day: 30000 a day, and was 20000 a day")),
        (PLANS, "    concurrency: 10\n", "", ("gains", "limit", ("first-app",), "concurrency: no limit any more, and was 10 calls under way at once")),
        (PLANS, "burst: 20", "burst: 40\n        per: [consumer, entity]", ("differs", "limit", ("first-app",), "per-minute: 120 in 60 s, 40 of them at once for each consumer and entity, and was 120 in 60 s, 20 of them at once")),
        (PLANS, "concurrency: 10", "concurrency: 10\n    costs: {'sales:listOrders': 3}", ("loses", "limit", ("first-app",), "a call of sales:listOrders costs 3, and cost 1")),
        (PLANS, "concurrency: 10", "concurrency: 10\n    weight: 2", ("gains", "limit", ("first-app",), "its part of a system that is full: weight 2, and was 1")),
        (CONSUMER, "scopes: []", "scopes: [orders.write]", ("gains", "scope", ("first-app",), "its API keys gain the scope orders.write")),
        (CONSUMER, "plan: standard", "plan: standard\nsuspended_since: 2026-01-01", ("loses", "consumer", ("first-app",), "it is switched off: all its calls are refused")),
        (ENTITY, "stage: onboarded", "stage: suspended", ("loses", "entity", ("first-app",), "acme is suspended from then on, and was onboarded")),
        (API, "visibility: partner", "visibility: internal", None),
        (CONSUMER, "name: First app", "name: The first app", None),
        (DOCUMENT, "            maximum: 100", "            maximum: 50", ("loses", "field", ("first-app",), "sales@1.0, GET /orders: ")),
    ],
)  # fmt: skip
def test_one_change(command, before, after, file, old, new, expected):
    edit(after, file, old, new)

    found = told(command, before, after)

    if expected is None:
        assert not found
        return
    turn, what, consumers, words = expected
    assert any(one[:3] == (turn, what, consumers) and one[3].startswith(words) for one in found), found


def test_consumers_and_entities_that_come_and_go(command, before, after):
    """What is the same for several is told once."""
    text = (after / CONSUMER).read_text()
    (after / ENTITY).write_text(
        (after / ENTITY).read_text().replace("system: sample", "system: sample\n    shared: true")
    )
    (after / "entities/second.yaml").write_text(SECOND)
    (after / CONSUMER).write_text(text.replace("entities: [acme]", "entities: [acme, second]"))
    (after / "consumers/other.yaml").write_text(_other(text.replace("First app", "Other")))

    found = told(command, before, after)

    assert ("gains", "consumer", ("other",), "it is a consumer from then on") in found
    assert ("gains", "operation", ("other",), "all 3 operations of sales@1.0") in found
    assert ("gains", "operation", ("first-app",), "all 3 operations of sales@1.0") in found
    assert ("gains", "entity", ("first-app",), "second is onboarded, and was not there") in found
    back = told(command, after, before)
    assert ("loses", "consumer", ("other",), "it is no consumer any more: none of its credentials counts") in back
    assert {one[0] for one in back} == {"loses"}


def _other(text):
    lines = text.splitlines()
    lines = [line.split("id:")[0] + 'id: "zzzzzzzz"' if " id:" in line else line for line in lines]
    lines = [line.split("hash:")[0] + "hash: hmac-sha256:" + "0" * 64 if " hash:" in line else line for line in lines]
    return "\n".join(lines) + "\n"


def test_a_version_that_takes_the_place_of_another(command, before, after):
    edit(after, API, "  1.0:\n    stage: active", "  1.0:\n    stage: active\n  1.1:\n    stage: active")
    (after / "contracts/sales/1.1.yaml").write_text(
        (after / DOCUMENT).read_text().replace("maximum: 100\n", "maximum: 50\n").replace("1.0.0", "1.1.0")
    )
    edit(
        after,
        ENTITY,
        "  - contract: sales@1.0\n",
        "  - contract: sales@1.1\n    system: sample\n  - contract: sales@1.0\n",
    )

    found = told(command, before, after)

    version = "calls of sales that name no version are answered by 1.1, and were by 1.0"
    assert ("differs", "version", ("first-app",), version) in found
    assert ("gains", "operation", ("first-app",), "all 3 operations of sales@1.1") in found
    assert any(one[:2] == ("loses", "field") and "sales@1.1 after 1.0" in one[3] for one in found), found


def test_text_of_documents_is_data(command, before, after):
    edit(after, PLANS, "name: per-minute", "name: per-hour")
    edit(after, API, "title: Sales orders", "title: '[red]\\x1b[31m<b>'")

    code, out, _ = command("release", "diff", before, after, "--effective", "--format", "markdown")

    assert code == 0
    assert "## Loses" in out
    assert "\x1b" not in out
    assert "<b>" not in out


def test_files(command, before, after):
    edit(after, PLANS, "requests: 120", "requests: 60")
    (after / "entities/second.yaml").write_text(SECOND.replace("onboarded", "candidate"))

    code, out, _ = command("release", "diff", before, after)

    assert code == 0
    assert out.splitlines()[:2] == ["added    entities/second.yaml", "changed  policies/plans.yaml"]


@pytest.mark.parametrize("name", ["nothing-here", "broken.json"])
def test_what_cannot_be_opened(command, before, tmp_path, name):
    (tmp_path / "broken.json").write_text("{}")

    code, out, err = command("release", "diff", before, tmp_path / name, "--effective")

    assert (code, out) == (2, "")
    assert name in err
    assert "Traceback" not in err
