"""Files that people write, compared key by key: what each key's change does."""
