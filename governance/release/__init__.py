"""A gateway release: one file with all that is served, and the decisions that let it."""
