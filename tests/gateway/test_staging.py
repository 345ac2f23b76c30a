"""The copy of the workspace that is served."""

import stat

from gateway.staging import Staging


def files(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()
    }


def test_the_copy_holds_what_is_loaded_and_stays_as_it_was(tmp_path):
    wanted = {
        "tidewaiter.yaml": "a",
        "systems/erp.yaml": "b",
        "contracts/orders/1.0/parts/x.yaml": "c",
        "tls/own.pem": "d",
    }
    other = {
        ".git/config": "e",
        ".tidewaiter/node.yaml": "secret",
        "node_modules/x.js": "f",
        "systems/.hidden.yaml": "g",
    }
    for name, text in {**wanted, **other}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "access.log").write_text("x" * 2_000_000)
    staging = Staging(tmp_path)
    copy = staging.take()
    (tmp_path / "systems/erp.yaml").write_text("broken")

    assert files(copy) == wanted
    assert files(staging.take())["systems/erp.yaml"] == "broken"
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    staging.drop(copy)
    assert not copy.exists()
    staging.close()
    assert list((tmp_path / ".tidewaiter").glob("served-*")) == []


def test_links_are_followed_but_not_inside_a_version(tmp_path):
    workspace, outside = tmp_path / "ws", tmp_path / "outside.yaml"
    (workspace / "contracts/orders/1.0").mkdir(parents=True)
    (workspace / "systems").mkdir()
    outside.write_text("x")
    (workspace / "systems/erp.yaml").symlink_to(outside)
    (workspace / "contracts/orders/1.0/part.yaml").symlink_to(outside)
    staging = Staging(workspace)

    copy = staging.take()

    assert not (copy / "systems/erp.yaml").is_symlink()
    assert (copy / "contracts/orders/1.0/part.yaml").is_symlink(), "the loader has to see that it is one"
    staging.close()


def test_what_a_killed_parent_left_is_removed_and_what_a_living_one_holds_is_not(tmp_path):
    (tmp_path / ".tidewaiter/served-left/1").mkdir(parents=True)
    first = Staging(tmp_path)
    held = first.take()
    second = Staging(tmp_path)

    assert held.exists()
    assert not (tmp_path / ".tidewaiter/served-left").exists()
    second.close()
    first.close()
