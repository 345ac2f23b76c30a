"""Fuzzing the systems of an entity: run once and recorded, judged offline from the recording."""
