"""`load`: what a workspace is in an environment, its digest, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from contracts.diagnostic import InvalidInputError
from contracts.workspace import load

GOOD = Path(__file__).resolve().parent.parent / "workspaces" / "harbour"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(GOOD, tmp_path / "ws")
    return tmp_path / "ws"


def edit(folder, file, old, new):
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_is_loaded(folder):
    workspace = load(folder)

    assert workspace.environment == ""
    assert set(workspace.contracts) == {("orders", "1.1"), ("orders", "2.0"), ("stock", "2.0")}
    assert {"orders": ["1.0", "1.1", "2.0"], "stock": ["2.0"]} == {
        a: list(v.versions) for a, v in workspace.apis.items()
    }
    assert set(workspace.systems) == {"erp-north", "erp-south"}
    assert set(workspace.entities) == {"north", "south"}
    assert set(workspace.consumers) == {"shop", "carrier"}
    assert set(workspace.issuers) == {"staff"}
    assert set(workspace.plans) == {"standard", "small"}
    assert [rule.mode for rule in workspace.modes] == ["report"]
    assert workspace.warnings == ()


def test_a_document_of_several_files(folder):
    (operation,) = load(folder).contracts["stock", "2.0"].operations

    assert operation.operation_id == "listItems"


def test_an_environment_changes_what_it_names_and_nothing_else(folder):
    plain, test = load(folder), load(folder, "test")

    assert test.environment == "test"
    assert str(test.settings.public_url) == "https://api.test.harbour.example/"
    assert str(test.systems["erp-north"].url) == "https://erp-north.test.example/"
    assert str(test.systems["erp-north"].credential.token_url) == "https://login.test.example/token"
    assert test.systems["erp-north"].credential.client_secret == "secret:NORTH_SECRET"
    assert test.issuers["staff"].audience == "api://harbour-test"
    assert test.issuers["staff"].issuer == plain.issuers["staff"].issuer
    assert [c.claim for c in test.consumers["shop"].credentials] == ["shop-test"]
    assert test.consumers["shop"].plan == "standard"
    assert test.systems["erp-south"] == plain.systems["erp-south"]
    assert test.consumers["carrier"] == plain.consumers["carrier"]
    assert test.settings.store == plain.settings.store


def test_an_environment_states_parts_of_a_mapping(folder):
    (folder / "environments" / "prod.yaml").write_text(
        "health: {port: 9191}\n"
        "store: {replicas: 3}\n"
        "systems:\n"
        "  erp-north:\n"
        "    timeouts: {connect_seconds: 2}\n"
        "  erp-south:\n"
        "    query: {sap-language: EN}\n"
        "    tls: {ca: systems/north-ca.pem}\n"
    )
    edit(folder, "systems/erp-north.yaml", "tls:", "timeouts: {total_seconds: 90}\ntls:")

    prod = load(folder, "prod")

    assert (prod.settings.health.host, prod.settings.health.port) == ("127.0.0.1", 9191)
    assert (prod.settings.store.kind, prod.settings.store.replicas) == ("redis", 3)
    timeouts = prod.systems["erp-north"].timeouts
    assert (timeouts.connect_seconds, timeouts.total_seconds) == (2, 90)
    assert prod.systems["erp-south"].query == {"sap-client": "100", "sap-language": "EN"}
    assert (prod.systems["erp-south"].tls.ca, prod.systems["erp-south"].tls.verify) == ("systems/north-ca.pem", True)


def test_a_list_is_replaced_whole(folder):
    (folder / "environments" / "prod.yaml").write_text("trusted_proxies: [192.0.2.0/24]\n")

    assert [str(n) for n in load(folder, "prod").settings.trusted_proxies] == ["192.0.2.0/24"]


def test_a_broken_environment_stops_only_itself(folder):
    (folder / "environments" / "prod.yaml").write_text("publicurl: x\n")

    assert load(folder, "test").environment == "test"
    with pytest.raises(InvalidInputError, match=r"environments/prod\.yaml:1:1: error\[unknown-key\]"):
        load(folder, "prod")


@pytest.mark.parametrize("name", ["tset", "../test", "", "test.yaml"])
def test_an_environment_that_is_not_there(folder, name):
    with pytest.raises(InvalidInputError, match="no-environment"):
        load(folder, name)


def test_a_workspace_without_environments(folder):
    shutil.rmtree(folder / "environments")

    assert load(folder).environment == ""
    with pytest.raises(InvalidInputError, match="leave --environment out"):
        load(folder, "test")


class TestPort:
    def test_the_listener_takes_it(self, folder):
        settings = load(folder, public_port=9999).settings

        assert settings.public.port == 9999
        assert str(settings.public_url) == "https://api.harbour.example/", "a proxy's address is no business of ours"

    def test_a_loopback_address_follows(self, folder):
        edit(folder, "tidewaiter.yaml", "https://api.harbour.example", "http://127.0.0.1:8080")

        assert str(load(folder, public_port=9999).settings.public_url) == "http://127.0.0.1:9999/"
        assert str(load(folder).settings.public_url) == "http://127.0.0.1:8080/"


class TestDigest:
    def test_the_same_files_have_the_same(self, folder, tmp_path):
        shutil.copytree(folder, tmp_path / "copy")

        assert load(folder).digest == load(tmp_path / "copy").digest
        assert load(folder).digest.startswith("sha256:")

    @pytest.mark.parametrize(
        "file",
        ["tidewaiter.yaml", "systems/erp-north.yaml", "contracts/stock/2.0/items.yaml", "contracts/orders/2.0.yaml",
         "contracts/stock/2.0/vendor.yaml", "contracts/stock/2.0/overlay.yaml",
         "contracts/orders/api.yaml", "policies/plans.yaml", "environments/test.yaml",
         "systems/north-ca.pem"],
    )  # fmt: skip
    def test_every_file_counts(self, folder, file):
        before = load(folder, "test").digest
        with (folder / file).open("a") as opened:
            opened.write("\n# a change\n")

        assert load(folder, "test").digest != before

    def test_another_environment_does_not(self, folder):
        before = load(folder, "test").digest
        (folder / "environments" / "prod.yaml").write_text("health: {port: 9192}\n")

        assert load(folder, "test").digest == before
        assert load(folder, "prod").digest != before


def test_what_is_not_of_the_workspace_is_left_alone(folder):
    for name in ("README.md", "docker-compose.yml", "Makefile"):
        (folder / name).write_text("anything: [")
    for name in (".git", "docs", "simulators", "decisions", "governance", "mappings"):
        (folder / name).mkdir()
        (folder / name / "x.yaml").write_text("anything: [")
    (folder / "systems" / "README.md").write_text("notes")
    (folder / "systems" / ".gitkeep").write_text("")

    assert load(folder).warnings == ()


def test_a_relative_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)

    assert load(Path()).settings.name == "harbour"


def test_files_behind_links_are_read(folder, tmp_path):
    """A mounted configuration map is made of links."""
    real = tmp_path / "real.yaml"
    (folder / "entities" / "north.yaml").rename(real)
    (folder / "entities" / "north.yaml").symlink_to(real)

    assert "north" in load(folder).entities


def test_a_file_without_permission_or_a_folder_in_its_place(folder):
    (folder / "policies" / "plans.yaml").unlink()
    (folder / "policies" / "plans.yaml").mkdir()

    with pytest.raises(InvalidInputError, match=r"policies/plans\.yaml"):
        load(folder)


def test_a_file_that_is_too_large(folder):
    (folder / "policies" / "plans.yaml").write_text("# " + "x" * 4_194_304)

    with pytest.raises(InvalidInputError, match="too-large"):
        load(folder)


def test_a_document_is_judged_also_where_the_file_of_its_api_is_at_fault(folder):
    edit(folder, "contracts/orders/api.yaml", "owner:", "ownr:")
    edit(folder, "contracts/orders/2.0.yaml", "openapi: 3.1.0", "swagger: '2.0'")

    with pytest.raises(InvalidInputError) as raised:
        load(folder)

    told = {fault.file for fault in raised.value.diagnostics}
    assert {"contracts/orders/api.yaml", "contracts/orders/2.0.yaml"} <= told
