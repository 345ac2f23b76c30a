"""What the gateway finds changed by digests is what the judge lists: else nothing could be activated, or too much."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
import yaml

from gateway.release_file import FORMAT, Head, ReleaseFile
from gateway.releases.covered import load_apart
from governance.changes.state import read_state
from governance.changes.whole import compare_states

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.date(2026, 6, 1)
NONE = "sha256:" + "0" * 64
TABLE = yaml.safe_load((Path(__file__).parent / "gate" / "commits.yaml").read_text())
WORKSPACES = {
    "harbour": (ROOT / "tests/workspaces/harbour", "test"),
    "quay": (ROOT / "tests/workspaces/quay", None),
}


def named(state):
    head = Head(
        format=FORMAT, workspace="any", environment=state.workspace.environment,
        workspace_digest=state.workspace.digest, built_by="a test", judged_on=DAY, development=False, trust_version=1,
        trust_digest=NONE, register_length=0, register_head=NONE, decisions=(), changes=(),
    )  # fmt: skip
    return dict(load_apart(ReleaseFile(head, state.files)).named)


def listed(base, new):
    compared = compare_states(base, new, DAY)
    contracts = {("contract", one.change.name): one.change.digest for one in compared.found}
    return contracts | {("file", one.name): one.digest for one in compared.files}


@pytest.mark.parametrize("name", WORKSPACES)
def test_without_a_base_everything_is_named(name):
    state = read_state(*WORKSPACES[name])
    assert named(state) == listed(None, state)


def test_forty_changes_are_found_by_digests_too(tmp_path):
    shutil.copytree(WORKSPACES["quay"][0], tmp_path / "ws")
    base = read_state(tmp_path / "ws", None)
    before = named(base)
    for row in TABLE:
        for file, other in row.get("copy", ()):
            (tmp_path / "ws" / other).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tmp_path / "ws" / file, tmp_path / "ws" / other)
        for file, text in row.get("write", ()):
            (tmp_path / "ws" / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "ws" / file).write_text(text)
        for file, old, new in row.get("edit", ()):
            path = tmp_path / "ws" / file
            path.write_text(path.read_text().replace(old, new))
    (tmp_path / "ws/systems/desk.yaml").write_text((tmp_path / "ws/systems/desk.yaml").read_text() + "# noted\n")
    new = read_state(tmp_path / "ws", None)
    now = named(new)
    differing = {key: now.get(key, "removed") for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    found = listed(base, new)
    assert len(differing) > 15
    # A version that takes another's place is judged, too, though it is the same.
    assert {key: found.get(key) for key in differing} == differing
    assert {key for key in found if key not in differing} <= {
        ("contract", name) for kind, name in now if kind == "contract"
    }
