"""What is known of each product: its budgets and how it says what went wrong. One data file a product."""

from policies.products.profile import PRODUCTS, Profile, SourcedBudget, profile

__all__ = ["PRODUCTS", "Profile", "SourcedBudget", "profile"]
