"""What `check` tells of the inside of one's own contract: what a stranger mistyped, and examples that break theirs."""

import time
from pathlib import Path

import pytest

from governance.check import check
from governance.starter import write_workspace

DOCUMENT = "contracts/sales/1.0.yaml"


@pytest.fixture
def started(tmp_path):
    """The workspace that `init` writes, and what `check` tells of its contract once texts are replaced."""
    folder = tmp_path / "w"
    write_workspace(folder, time.time())

    def told(*replaced, file=DOCUMENT):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        for old, new in replaced:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        report = check(folder)
        return report, [one.diagnostic for one in report.found if one.diagnostic.file == DOCUMENT]

    return told


def test_what_init_writes_has_nothing(started):
    report, found = started()
    assert (report.exit_code, found) == (0, [])


@pytest.mark.parametrize(
    ("old", "new", "line", "remedy", "words"),
    [
        ("minimum: 1\n", "minimun: 1\n", "minimun", "write `minimum`", "no value is judged by it, so more may pass"),
        ("      required:\n", "      requird:\n", "requird", "write `required`", "so more may pass than is meant"),
        ("    post:\n", "    pots:\n", "pots", "write `post`", "no operation is served from it"),
        (
            "        required: true\n",
            "        requird: true\n",
            "requird",
            "write `required`",
            "calls without it may pass",
        ),
        ("                $ref:", "                ref:", " ref:", "write `$ref`", "`ref` is no keyword"),
    ],
)
def test_a_typing_error_is_told(started, old, new, line, remedy, words):
    report, found = started((old, new))
    (fault,) = [fault for fault in found if fault.code == "unknown-key"]
    text = Path(report.folder, DOCUMENT).read_text(encoding="utf-8").splitlines()
    assert line in text[fault.line - 1]
    assert fault.remedy.startswith(remedy)
    assert words in fault.message
    assert (fault.severity, report.exit_code) == ("warning", 1)


def test_an_example_that_callers_would_get_says_so(started):
    report, found = started(("total: '1249.90'", "total: 1249.90"))
    (fault,) = found
    assert (fault.code, report.exit_code) == ("example-not-valid", 1)
    assert fault.message.startswith("the example does not keep to its own schema at `/orders/0/total`: `type`; ")
    words = "the system sample answers GET /orders with it, which is refused (502) where answers are enforced"
    assert fault.message.endswith(words)


def test_an_example_that_nobody_is_answered_with_says_no_more(started):
    _, (fault,) = started(("              customer: C-17\n              currency", "              currency"))
    assert fault.message == "the example does not keep to its own schema: `required`"


@pytest.mark.parametrize(
    "stated",
    [
        "              examples:\n                one: {value: {orders: 1}}\n",
        "              examples:\n                one: {$ref: '#/components/examples/E'}\n",
        "",
    ],
)
def test_named_examples_and_those_of_schemas(started, stated):
    text = "              example:\n                orders:\n"
    path_end = (
        "                    lines:\n                      - item: PUMP-40\n                        quantity: 2\n"
    )
    whole = (
        "                  - id: SO-1001\n                    customer: C-17\n                    status: open\n"
        "                    currency: EUR\n                    total: '1249.90'\n"
        f"{path_end}                        price: '624.95'\n"
    )
    schema = "    OrderList:\n      example: {orders: 1}\n" if not stated else "    OrderList:\n"
    examples = "  examples:\n    E: {value: {orders: 1}}\n" if "$ref" in stated else ""
    _, (fault,) = started(
        (text + whole, stated), ("    OrderList:\n", schema), ("components:\n", f"components:\n{examples}")
    )
    assert "the system sample answers GET /orders with it" in fault.message


def test_another_product_answers_with_its_own(started):
    started(("product: example", "product: generic"), file="systems/sample.yaml")
    _, found = started(("total: '1249.90'", "total: 1249.90"))
    (fault,) = [fault for fault in found if fault.code == "example-not-valid"]
    assert fault.message.endswith("`type`")
