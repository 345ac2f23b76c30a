"""Schemas as the types that a client knows."""
