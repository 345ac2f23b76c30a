import os

import pytest
from gated import Gated


@pytest.fixture(autouse=True)
def quiet_git(monkeypatch):
    """Nothing of the person's own git settings counts."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "TIDEWAITER_NODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The repository with one commit, on the branch `change`; copied, never written to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
            patch.setenv(name, os.devnull)
        made = Gated.new(tmp_path_factory.mktemp("quay"))
        made.git("checkout", "-q", "-b", "change")
        return made


@pytest.fixture
def gated(template, tmp_path):
    """A repository of a test's own, on the branch `change` that begins at `main`."""
    return template.copied(tmp_path / "gated")
