"""The board's pages: an origin of their own, where members read, discuss and paste what they signed elsewhere."""
