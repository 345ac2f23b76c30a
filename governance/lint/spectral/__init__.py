"""Rule sets in Spectral's form, as far as its core functions go."""
