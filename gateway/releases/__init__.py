"""Releases of a node: its store, what is live, what was revoked; verified by the gateway itself."""
