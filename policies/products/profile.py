"""A product's data file as a model, read once. `tests/policies/test_products.py` reads them all."""

import functools
from pathlib import Path
from typing import Annotated, get_args

from pydantic import AfterValidator, Field, ValidationError

from contracts import yaml12
from contracts.budgets import Budget, names_differ
from contracts.model import Written
from contracts.systems import Product
from policies.products.fault_rules import FaultRule

_FOLDER = Path(__file__).parent
PRODUCTS: tuple[str, ...] = get_args(Product)


class SourcedBudget(Budget):
    """A budget and where its numbers come from."""

    source: str = Field(pattern="^https://")
    says: str = Field(min_length=1)
    """What the source says, in our words."""


class Profile(Written):
    """`policies/products/<product>.yaml`."""

    product: Product
    title: str
    budgets: Annotated[tuple[SourcedBudget, ...], AfterValidator(names_differ)]
    faults: tuple[FaultRule, ...] = ()
    """The first that fits an answer tells what it means; after them come those of `generic`."""


@functools.cache
def profile(product: str) -> Profile:
    """What is known of a product. Raises ValueError where its file is missing or broken."""
    path = _FOLDER / f"{product}.yaml"
    try:
        read = Profile.model_validate(yaml12.parse(path.read_bytes(), path.name))
    except (OSError, ValidationError) as error:
        raise ValueError(f"products/{product}.yaml cannot be used: {error}") from error
    if read.product != product:
        raise ValueError(f"products/{product}.yaml describes {read.product}")
    return read
