"""`isolation_attacks.yaml`, with an aim's own names in it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from isolation_attack import Aim

_FILE = Path(__file__).resolve().with_name("isolation_attacks.yaml")


@cache
def _all() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found


class Words:
    """The lists of one system and those of all, for one aim. `more`: what else stands in angle brackets."""

    def __init__(self, aim: Aim, system: str, **more: str) -> None:
        foreign = more.get("foreign", aim.foreign[0])
        said = {
            "pin": aim.pin,
            "own-pin": aim.own_pin,
            "other": aim.other,
            "entity": aim.entity,
            "foreign": foreign,
            "own": aim.own[0],
            "every": "".join(f"%{byte:02X}" for byte in foreign.encode()),
            "wide": "".join(f"%EF%BC%{ord(letter) + 0x60:02X}" for letter in foreign if letter.isdigit()),
            "bare": foreign.replace("-", ""),
            **more,
        }
        said |= {name.upper(): value.upper() for name, value in said.items()}
        self._said = {f"<{name}>": value for name, value in said.items()}
        self._lists = {**_all()["everywhere"], **_all()[system]}
        self._done: dict[str, Any] = {}

    def __call__(self, name: str) -> Any:
        """The list of that name, or the text."""
        if name not in self._done:
            self._done[name] = self._filled(self._lists[name])
        return self._done[name]

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            for name, text in self._said.items():
                value = value.replace(name, text)
            return value
        return tuple(self._filled(inner) for inner in value)
