"""A generated client through the real gateway with much: long lists, large files both ways, many calls at once."""

import pytest
from large_system import PEPPER, LargeGateway

BYTES = 16 * 1024 * 1024


@pytest.fixture
def large(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEWAITER_SECRET_LARGE_PEPPER", PEPPER)
    made = LargeGateway(tmp_path, records=300)
    yield made
    made.close()


def test_long_lists_large_files_and_many_calls(large):
    said = large.run(bytes=BYTES, at_once=40)

    assert (said["records"], said["async_records"]) == (300, 300)
    assert (said["down"], said["up"], said["async_down"], said["async_up"]) == (BYTES,) * 4
    assert max(said["grown"], said["async_grown"]) < 8 * 1024 * 1024
    assert (said["at_once"], said["async_at_once"]) == (200, 200)
