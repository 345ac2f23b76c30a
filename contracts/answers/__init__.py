"""Answers made from a contract: its own examples, else values that keep to its schemas."""
