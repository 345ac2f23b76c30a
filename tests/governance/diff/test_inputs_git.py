"""`REV:path`: documents at a revision, with the files that they refer to, and what can be wrong with that."""

import os
import subprocess

import pytest
from diff_findings import NEW, OLD

from contracts.diagnostic import InvalidInputError
from governance.diff import from_git
from governance.diff.inputs import Sources, read

SPLIT = OLD.replace(b"#/components/schemas/Order", b"parts/order.yaml#/Order")
ORDER = b"Order: {$ref: 'deeper/item%20of.json#/Item'}\n"
ITEM = b'{"Item": {"type": "object", "title": "first"}}'
OVERLAY = (
    b"overlay: 1.0.0\ninfo: {title: ours, version: '1'}\nactions:\n"
    b"  - target: $.components.schemas\n    update: {More: {$ref: more.yaml}}\n"
)


@pytest.fixture
def git(tmp_path, monkeypatch):
    """A repository in the current folder with one commit; files in the working tree are another version."""
    monkeypatch.chdir(tmp_path)
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_SYSTEM", os.devnull)):
        monkeypatch.setenv(name, value)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()

    run("init", "-q", "-b", "main")
    files = {
        "api/openapi.yaml": SPLIT,
        "api/overlay.yaml": OVERLAY,
        "api/more.yaml": b"{type: object}\n",
        "api/parts/order.yaml": ORDER,
        "api/parts/deeper/item of.json": ITEM,
        "flat.yaml": OLD,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    (tmp_path / "link.yaml").symlink_to("flat.yaml")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    run("tag", "v1")
    (tmp_path / "flat.yaml").write_bytes(NEW)
    (tmp_path / "api" / "parts" / "deeper" / "item of.json").write_bytes(ITEM.replace(b"first", b"second"))
    return run


@pytest.mark.parametrize("revision", ["HEAD", "main", "v1", "main~0", "main@{0}"])
def test_a_file(git, revision):
    side = read(f"{revision}:flat.yaml", Sources())

    assert (side.stated_version, side.shown, side.in_tree) == ("1.2.3", f"{revision}:flat.yaml", False)
    assert str(side.place("/info/version")) == f"{revision}:flat.yaml:2"


def test_a_commit_by_its_id(git):
    assert read(f"{git('rev-parse', 'HEAD')[:10]}:flat.yaml", Sources()).stated_version == "1.2.3"


@pytest.mark.parametrize("path", ["api", "api/", "./api", "api/openapi.yaml"])
def test_a_folder_with_its_references_and_overlay(git, path):
    side = read(f"v1:{path}", Sources())

    found, pointer = side.document.follow(
        *side.document.step("/paths/~1orders/post/requestBody/content/application~1json/schema")
    )
    assert found["title"] == "first"
    assert str(side.place(pointer)) == "v1:api/parts/deeper/item of.json:1"
    assert side.document.resolve("#/components/schemas/More") == {"$ref": "#/x-files/more.yaml"}
    assert len(side.document.files) == 4


def test_paths_count_from_the_top_or_from_here(git, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "api")

    assert read("v1:flat.yaml", Sources()).stated_version == "1.2.3"
    assert read("v1:../flat.yaml", Sources()).stated_version == "1.2.3"
    assert len(read("v1:.", Sources()).document.files) == 4


def test_nothing_is_left_behind_and_the_working_tree_is_as_it_was(git, tmp_path, monkeypatch):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    before = git("status", "--porcelain")

    read("v1:api", Sources())

    assert list((tmp_path / "scratch").iterdir()) == []
    assert git("status", "--porcelain") == before


@pytest.mark.parametrize(
    ("written", "code", "words"),
    [
        ("mian:flat.yaml", "unknown-revision", "write `main`"),
        ("deadbeef:flat.yaml", "unknown-revision", "git fetch"),
        ("v1:flt.yaml", "missing-file", "write `v1:flat.yaml`"),
        ("v1:order.yaml", "missing-file", "write `v1:api/parts/order.yaml`"),
        ("v1:api/parts", "no-entry", "call it openapi.yaml"),
        ("v1:link.yaml", "symlink", "put the file itself there"),
        ("v1:../outside.yaml", "wrong-revision", "name one inside it"),
        ("v1:/flat.yaml", "wrong-revision", "leave the leading / out"),
        (":flat.yaml", "wrong-revision", "write `HEAD:flat.yaml`"),
        ("--output=x:flat.yaml", "wrong-revision", "write `HEAD:flat.yaml`"),
        ("-n:flat.yaml", "wrong-revision", "write `HEAD:flat.yaml`"),
        ("$(touch owned):flat.yaml", "unknown-revision", "git fetch"),
        ("v1;touch owned:flat.yaml", "unknown-revision", "git fetch"),
    ],
)
def test_what_is_wrong(git, tmp_path, written, code, words):
    with pytest.raises(InvalidInputError) as caught:
        read(written, Sources())

    fault = caught.value.diagnostics[0]
    assert fault.code == code, str(fault)
    assert words in fault.remedy
    assert not (tmp_path / "owned").exists()


def test_a_path_that_counts_from_here_is_proposed(git, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "api")

    with pytest.raises(InvalidInputError, match=r"write `v1:\./more.yaml`"):
        read("v1:more.yaml", Sources())


def test_faults_inside_are_placed_at_the_revision(git, tmp_path):
    (tmp_path / "flat.yaml").write_bytes(b"openapi: 3.0.0\ninfo: {\n")
    git("commit", "-q", "-am", "broken")

    with pytest.raises(InvalidInputError, match=r"HEAD:flat.yaml:3:1: error\[yaml-syntax\]"):
        read("HEAD:flat.yaml", Sources())


@pytest.mark.parametrize("name", ["parts", "more.yaml"])
def test_a_link_on_the_way_of_a_reference(git, tmp_path, name):
    path = tmp_path / "api" / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to("../elsewhere")
    git("add", ".")
    git("commit", "-q", "-m", "a link")

    with pytest.raises(InvalidInputError, match="symbolic link"):
        read("HEAD:api", Sources())


def test_a_shallow_clone_says_so(git, tmp_path, monkeypatch):
    git("commit", "-q", "--allow-empty", "-m", "second")
    git("clone", "-q", "--depth", "1", f"file://{tmp_path}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")

    with pytest.raises(InvalidInputError) as caught:
        read("HEAD~1:flat.yaml", Sources())

    (fault,) = caught.value.diagnostics
    assert fault.code == "shallow-clone"
    assert "git fetch --unshallow" in fault.remedy


@pytest.mark.parametrize("bound", ["FILE_BYTES", "ALL_BYTES", "FILES"])
def test_it_is_bounded(git, monkeypatch, bound):
    monkeypatch.setattr(from_git, bound, 2)

    with pytest.raises(InvalidInputError, match="larger than"):
        read("v1:api", Sources())


def test_without_git(git, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(InvalidInputError, match="git is not installed"):
        read("v1:flat.yaml", Sources())
