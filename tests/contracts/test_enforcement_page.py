"""The examples of docs/enforcement.md are what the gateway reads."""

import re
from pathlib import Path

from contracts import yaml12
from contracts.annotations import EXEMPT
from contracts.modes import Modes
from contracts.rule_names import RULES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "enforcement.md").read_text(encoding="utf-8")


def test_each_example_is_read():
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    read = [Modes.model_validate(yaml12.parse(block.encode(), "page")) for block in blocks]

    assert [(len(one.modes), len(one.unknown)) for one in read] == [(4, 0), (0, 3)]
    assert {rule.rule for one in read for rule in one.modes} - {None} <= RULES


def test_the_rules_and_members_that_it_names_are_there():
    named = re.search(r"or `content`(.*?)\. Inside", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", named[1])) <= RULES
    place = type("Place", (), {"below": lambda self, name: None})()
    for name in re.findall(r"`(__\w+)`", PAGE):
        assert EXEMPT["odata-v2"](name, place)
