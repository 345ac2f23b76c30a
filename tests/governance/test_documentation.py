"""The documentation as a whole: nothing is left out of the README's table, and no link leads nowhere."""

import re
from pathlib import Path

from rows import over

from contracts import yaml12
from gateway.node import NodeSettings
from governance.cli.main import load_command

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "meridian" / "README.md"]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(file):
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)", file.read_text(encoding="utf-8"), re.MULTILINE)}


def test_the_readme_lists_every_page():
    listed = set(re.findall(r"\]\(docs/([a-z-]+\.md)\)", README))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == listed


@over("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_link_leads_nowhere(page):
    broken = []
    for target in _LINK.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, part = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (part and part not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_the_example_of_node_settings_is_read():
    page = (ROOT / "docs" / "node.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    settings = NodeSettings.model_validate(yaml12.parse(text.encode(), "node.md"))
    assert (len(settings.secrets), settings.allow_unnamed_secrets) == (3, False)


def test_what_the_readme_shows_can_be_typed():
    shown = re.findall(r"bin/tidewaiter ([a-z]+)([^\n#]*)", README)
    assert len(shown) > 10
    for name, rest in shown:
        command = load_command(name)
        commands = [command, *getattr(command, "commands", {}).values()]
        known = {option for one in commands for parameter in one.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, (name, rest)
        needed = {p.opts[0] for p in command.params if p.required and p.opts[0].startswith("--")}
        assert needed <= set(re.findall(r"--[a-z-]+", rest)), (name, rest)
