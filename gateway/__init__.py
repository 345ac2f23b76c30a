"""Where traffic passes."""
