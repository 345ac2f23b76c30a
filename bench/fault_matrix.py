"""The labelled answers of `fault_corpus.yaml` judged by the profiles, as one confusion matrix a product."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from contracts import yaml12
from policies.fault_profile import fault_profile

CORPUS = Path(__file__).parent / "fault_corpus.yaml"
SHORT = {
    "fine": "fine", "transient.capacity": "capac", "transient.network": "netw", "transient.session": "sess",
    "business.rejected": "busin", "contract.violation": "contr", "auth": "auth", "outage": "outage", "unknown": "unkn",
}  # fmt: skip


def corpus() -> dict[str, list[dict[str, Any]]]:
    """Product -> labelled answers."""
    read: dict[str, list[dict[str, Any]]] = yaml12.parse(CORPUS.read_bytes(), CORPUS.name)
    return read


def judged(product: str, row: dict[str, Any]) -> tuple[str, str]:
    """Class and effect that the profile gives an answer."""
    body = json.dumps(row["json"]).encode() if "json" in row else row["text"].encode()
    headers = [(name.encode(), value.encode()) for name, value in row.get("headers", {}).items()]
    if "json" in row:
        headers.append((b"content-type", b"application/json"))
    told = fault_profile(product).judge(row["method"], row["status"], headers, body)
    return ("fine", "") if told is None else (told.kind, told.effect)


def print_matrix() -> int:
    """Print the matrices; returns how many answers were judged wrongly."""
    wrong: list[str] = []
    for product, rows in corpus().items():
        cells: Counter[tuple[str, str]] = Counter()
        for row in rows:
            kind, effect = judged(product, row)
            cells[row["class"], kind] += 1
            if (kind, effect) != (row["class"], row.get("effect", "")):
                wrong.append(f"{product}: {row['is']}: {kind} {effect}, not {row['class']} {row.get('effect', '')}")
        print(f"\n{product}, {len(rows)} answers; rows: the label, columns: what the profile says")
        print(" " * 19 + "".join(f"{short:>7}" for short in SHORT.values()))
        for label in SHORT:
            if any(cells[label, kind] for kind in SHORT):
                print(f"{label:19}" + "".join(f"{cells[label, kind] or '.':>7}" for kind in SHORT))
    total = sum(map(len, corpus().values()))
    for line in wrong:
        print(f"WRONG  {line}")
    print(f"\n{total - len(wrong)} of {total} labelled answers right, class and effect")
    return len(wrong)
