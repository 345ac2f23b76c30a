"""The worked example of docs/overlays.md is what happens."""

import re
from pathlib import Path

from contracts.workspace import load
from governance.check import check
from governance.reports.workspace_check import as_text

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "overlays.md"
FOLDER = "contracts/warehouse/1.0"


def test_the_worked_example(workspace):
    page = PAGE.read_text(encoding="utf-8")
    vendor, overlay = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (told,) = re.findall(r"^```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    workspace.write("contracts/warehouse/api.yaml", "title: W\nowner: w\nversions: {'1.0': {stage: active}}\n")
    workspace.append("entities/south.yaml", "  - contract: warehouse@1.0\n    system: erp-south\n")
    workspace.write(f"{FOLDER}/vendor.yaml", vendor)

    before = check(workspace.folder)

    assert before.exit_code == 1
    lines = as_text(before).splitlines()[:-1]
    assert [line.replace(f"{FOLDER}/", "") for line in lines] == told.splitlines()

    workspace.write(f"{FOLDER}/overlay.yaml", overlay)

    assert as_text(check(workspace.folder)).startswith("fine:")
    document = load(workspace.folder).contracts["warehouse", "1.0"].document
    assert document.position("/components/schemas/Bin/properties/zone/maxLength")[0] == "overlay.yaml"
    assert document.position("/components/schemas/Bin/properties/zone/type")[0] == "vendor.yaml"
    assert document.tree["security"] == [{"callers": ["warehouse.read"]}]
