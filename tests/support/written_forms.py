"""One tree as the texts that people may write for it: JSON, YAML, and a folder of several files."""

import json
from pathlib import Path
from random import Random
from typing import Any

import yaml
from document_places import copied

from contracts.document import Document, load_document, parse_document


class _Dumper(yaml.SafeDumper):
    """Quotes every text, so that none reads as a number or a flag in any version of YAML; writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def as_json(tree: dict[str, Any]) -> Document:
    """The document read from JSON text."""
    return parse_document(json.dumps(tree).encode(), "openapi.json")


def as_yaml(tree: dict[str, Any]) -> Document:
    """The document read from YAML text."""
    return parse_document(_yaml(tree).encode(), "openapi.yaml")


def as_folder(tree: dict[str, Any], folder: Path, random: Random) -> Document:
    """The document read from a folder in which some components have files of their own."""
    entry = copied(tree)
    folder.mkdir(parents=True)
    number = 0
    for section in ("schemas", "parameters", "responses"):
        held = entry.get("components", {}).get(section, {})
        for name in list(held):
            if random.random() < 0.5:
                number += 1
                file = folder / "parts" / f"{section}-{number}.{random.choice(('yaml', 'json'))}"
                file.parent.mkdir(exist_ok=True)
                part = held[name]
                _outward(part)
                file.write_text(json.dumps(part) if file.suffix == ".json" else _yaml(part), encoding="utf-8")
                held[name] = {"$ref": f"parts/{file.name}"}
    (folder / "openapi.yaml").write_text(_yaml(entry), encoding="utf-8")
    return load_document(folder)


def _outward(value: Any) -> None:
    """References to the entry, as a file beside it writes them."""
    if isinstance(value, list):
        for part in value:
            _outward(part)
    elif isinstance(value, dict):
        for word in ("$ref", "operationRef"):
            if isinstance(value.get(word), str):
                value[word] = "../openapi.yaml" + value[word]
        mapping = value.get("mapping")
        for name, named in mapping.items() if isinstance(mapping, dict) else ():
            if isinstance(named, str) and named.startswith("#"):
                mapping[name] = "../openapi.yaml" + named
        for part in value.values():
            _outward(part)


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
