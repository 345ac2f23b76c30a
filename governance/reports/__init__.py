"""One function for each format: a judgement -> text."""
