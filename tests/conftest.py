"""The order of the files, and less work for the collector of garbage."""

import gc
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST = (HERE / "longest.txt").read_text("utf-8").split()
"""Files whose tests take long, the longest first. `bench/longest.py` writes them."""


def pytest_collection_modifyitems(items):
    """Long files first, so that no worker is left with one when the others are done."""
    places = {HERE.parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish():
    """What was collected stays to the end: no use in going through all of it again and again."""
    gc.collect()
    gc.freeze()
