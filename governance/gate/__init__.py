"""The gate: a working tree held against a base, and who must decide on what changed."""
