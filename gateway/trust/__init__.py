"""Who may decide, and how it is proven: keys, envelopes, the trust root, the register."""
