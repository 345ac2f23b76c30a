"""What changed between two states of a workspace, each change with what it does and what shows that."""
