import pytest

from contracts.budgets import Budget
from contracts.systems import System
from policies.products import PRODUCTS, profile


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_product_has_a_file_whose_numbers_have_sources(product):
    read = profile(product)

    assert read.product == product
    assert all(budget.source.startswith("https://") and budget.says for budget in read.budgets)


def test_the_numbers_of_business_central_are_its_vendors():
    budgets = {b.name: (b.scope, b.unit, b.amount, b.window_seconds) for b in profile("business-central").budgets}

    assert budgets == {
        "requests": ("identity", "requests", 6000, 300.0),
        "at-work": ("identity", "concurrent", 5, None),
    }


def test_a_product_without_a_file_is_an_error_of_ours():
    with pytest.raises(ValueError, match="cannot be used"):
        profile("unheard-of")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"unit": "concurrent", "amount": 5, "window_seconds": 60}, "no window"),
        ({"unit": "requests", "amount": 5}, "states no window"),
        ({"unit": "bytes", "amount": 5, "window_seconds": 60, "at_once": 2}, "nothing is spread"),
        ({"unit": "requests", "amount": 5, "window_seconds": 60, "at_once": 6}, "more than amount"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_refused(written, said):
    with pytest.raises(ValueError, match=said):
        Budget.model_validate({"name": "b", **written})


def test_budgets_of_one_system_have_names_of_their_own():
    budget = {"name": "b", "unit": "concurrent", "amount": 5}

    with pytest.raises(ValueError, match="two budgets are named b"):
        System.model_validate({"owner": "o", "url": "https://erp.example", "capacity": [budget, budget]})
