import json


def rows(command, *arguments):
    code, out, err = command("routes", *arguments, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def test_every_operation_of_every_offer(workspace, command):
    listed = rows(command, workspace.folder)

    assert [(r["method"], r["path"], r["entity"], r["system"], r["version"]) for r in listed] == [
        ("GET", "/orders/v1/orders", "north", "erp-north", "1.1"),
        ("GET", "/orders/v1/orders/{id}", "north", "erp-north", "1.1"),
        ("GET", "/orders/v2/orders", "north", "erp-north", "2.0"),
        ("GET", "/orders/v2/orders", "south", "erp-south", "2.0"),
        ("GET", "/orders/v2/orders/{id}", "north", "erp-north", "2.0"),
        ("GET", "/orders/v2/orders/{id}", "south", "erp-south", "2.0"),
        ("GET", "/stock/v2/items", "south", "erp-south", "2.0"),
    ]
    assert {r["served"] for r in listed} == {True}
    assert {r["security"] for r in listed} == {"oauth2(orders.read)", "api_key"}
    assert {r["stage"] for r in listed} == {"deprecated", "active"}


def test_text(workspace, command):
    code, out, err = command("routes", workspace.folder, "--api", "stock")

    assert code == 0
    assert out.splitlines()[0].split() == [
        "METHOD", "PATH", "OPERATION", "ENTITY", "SYSTEM", "VERSION", "STAGE", "SECURITY", "SERVED",
    ]  # fmt: skip
    assert out.splitlines()[1].split() == [
        "GET", "/stock/v2/items", "listItems", "south", "erp-south", "2.0", "active", "api_key", "yes",
    ]  # fmt: skip
    assert err == "1 route, 1 served, 0 not\n"


def test_an_operation_without_security(workspace, command):
    workspace.replace("contracts/stock/2.0/items.yaml", "  security:\n    - key: []\n", "")

    (row,) = rows(command, workspace.folder, "--api", "stock")

    assert (False, "501: the operation states no security, and neither does the document", "-") == (
        row["served"],
        row["why_not"],
        row["security"],
    )


def test_an_open_operation(workspace, command):
    workspace.replace("contracts/stock/2.0/items.yaml", "  security:\n    - key: []\n", "  security: []\n")

    (row,) = rows(command, workspace.folder, "--api", "stock")

    assert (True, "open") == (row["served"], row["security"])


def test_what_is_held_back(workspace, command):
    workspace.replace("entities/south.yaml", "stage: onboarded", "stage: suspended")
    workspace.replace("entities/north.yaml", "stage: onboarded", "stage: candidate")

    listed = rows(command, workspace.folder)

    assert {(r["entity"], r["why_not"]) for r in listed} == {
        ("south", "503: the entity is suspended"),
        ("north", "the entity is a candidate, not onboarded"),
    }


def test_a_draft(workspace, command):
    workspace.replace("contracts/stock/api.yaml", "stage: active", "stage: draft")

    (row,) = rows(command, workspace.folder, "--api", "stock")

    assert row["why_not"] == "404: the version is a draft"


def test_filters(workspace, command):
    assert {r["entity"] for r in rows(command, workspace.folder, "--entity", "south")} == {"south"}
    code, _, err = command("routes", workspace.folder, "--entity", "suoth")
    assert code == 2
    assert "write `south`" in err


def test_a_broken_workspace(workspace, command):
    workspace.replace("entities/north.yaml", "country: US", "country: usa")

    code, out, err = command("routes", workspace.folder)

    assert (2, "") == (code, out)
    assert "entities/north.yaml:2:1: error[wrong-value]" in err


def test_machines_are_told_why_it_cannot_be_listed(workspace, command):
    workspace.replace("consumers/shop.yaml", "plan: standard", "plan: standrad")

    code, out, err = command("routes", workspace.folder, "--format", "json")

    told = json.loads(out)
    (found,) = told["findings"]
    assert (code, err, told["exit_code"], told["errors"]) == (2, "", 2, 1)
    assert (found["file"], found["line"], found["code"]) == ("consumers/shop.yaml", 3, "dangling-reference")
    checked = json.loads(command("check", workspace.folder, "--format", "json")[1])
    assert found.keys() == checked["findings"][0].keys()


def test_machines_are_told_of_options_that_name_nothing(workspace, command):
    code, out, _ = command("routes", workspace.folder, "--api", "stcok", "--format", "json")

    (found,) = json.loads(out)["findings"]
    assert (code, found["message"], found["remedy"]) == (
        2,
        "--api names nothing in this workspace",
        "write `stock`",
    )
