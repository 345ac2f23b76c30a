"""Judging a streamed answer item by item, each as soon as it has come."""

from dataclasses import dataclass

from contracts.bodies import BodyEntry
from contracts.definition import Definitions
from contracts.items import ItemKind, read_item
from contracts.judgement import Judgement
from contracts.judging_values import Engines, Found, judge_value
from contracts.parameters import MISSING


@dataclass(frozen=True, slots=True)
class ItemJudge:
    """Of one answer. `judge` takes the bytes of one item, as `Cutter` gives them."""

    kind: ItemKind
    depth: int
    entry: BodyEntry
    engines: Engines
    definitions: Definitions
    every: bool = False
    """Whether each rule that an item breaks is among its violations, however many there are."""

    def judge(self, piece: bytes) -> Judgement:
        """Never raises on what a system may send."""
        found = Found(every=self.every)

        def read(raw: bytes) -> object:
            values = read_item(self.kind, raw, self.depth)
            return values[0] if values else MISSING

        value = judge_value(
            piece, (read,), self.entry.item_key, self.engines, self.definitions, "body", None, self.entry.pointer, found
        )
        if self.entry.data is not None and not found.violations:
            self.entry.data.judge(value, "", self.engines, self.definitions, found)
        return found.judgement()
