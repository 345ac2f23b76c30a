"""Which worker takes which files, in which order, and less work for the collector of garbage."""

import gc
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
LONGEST = (HERE / "longest.txt").read_text("utf-8").split()
"""Files whose tests take long, the longest first. `bench/longest.py` writes them."""
TOGETHER = ("tests/browser/", "tests/flows/meridian/", "tests/examples/")
"""Folders whose tests share a browser or running systems: one worker takes all of such a folder."""


def pytest_collection_modifyitems(items):
    """Long files first, so that no worker is left with one when the others are done."""
    places = {HERE.parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish():
    """What was collected stays to the end: no use in going through all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadfile` a worker takes a file, or a folder of TOGETHER, and no file is split."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return next((folder for folder in TOGETHER if file.startswith(folder)), file)

    return ByFile(config, log)
