"""The pages about trust and releases: what they show is read, and what they name is there."""

import re
from pathlib import Path

from contracts import yaml12
from gateway.trust.decision import About, Decision
from gateway.trust.root import Removal, Root

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "trust.md").read_text(encoding="utf-8")


def test_the_trust_root_on_the_page_is_one():
    first, second = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    root = Root.model_validate(yaml12.parse(first.encode(), "trust.md"))
    left = yaml12.parse(second.encode(), "trust.md")["bert"]

    assert (2, False) == (root.roles.board.threshold, root.development)
    assert root.members["bert"].keys[0] == left["keys"][0]
    assert Removal.model_validate(left["removed"]).length == 41


def test_each_field_of_the_table_is_one():
    named = re.findall(r"^\| (`[^|]*)\|", PAGE, re.MULTILINE)
    fields = {field for cell in named for field in re.findall(r"`([\w.]+)`", cell)}

    assert fields == {
        *("workspace", "environment", "role", "verdict", "conditions", "validity", "sequence", "head"),
        *(f"about.{name}" for name in About.model_fields),
    }
    assert fields - {f"about.{name}" for name in About.model_fields} <= set(Decision.model_fields)


def test_what_the_pages_show_can_be_typed():
    from governance.cli.main import load_command

    for page in (PAGE, *((DOCS / name).read_text(encoding="utf-8") for name in ("releases.md", "board.md"))):
        text = page.replace("\\\n", " ")
        shown = re.findall(r"^ *tidewaiter (board|release) ([\w-]+)([^\n#]*)", text, re.MULTILINE)
        assert len(shown) > 5
        for group, name, rest in shown:
            command = load_command(group).commands[name]
            known = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"(?<=\s)--?[a-z-]+", rest)) <= known, (group, name, rest)
