"""Where a value in force was written: the chosen environment's file, else the thing's own."""

from dataclasses import dataclass

from contracts.settings import Environment
from contracts.written import Entry, Source, pointer_to


@dataclass(frozen=True, slots=True)
class Stated:
    """A place in a file that people wrote; where the key is left out, the place where it would stand."""

    source: Source
    pointer: str


def stated_at(
    own: Source, chosen: Entry[Environment] | None, prefix: tuple[str, ...], *names: str, at: str = ""
) -> Stated:
    """The environment's place where it states the key, else the file's own; `at` is the place in the own file."""
    if chosen is not None and chosen.value is not None:
        stated = chosen.source.tree
        for step in (*prefix, *names):
            if not isinstance(stated, dict) or step not in stated:
                break
            stated = stated[step]
        else:
            return Stated(chosen.source, pointer_to(*prefix, *names))
    return Stated(own, at + pointer_to(*names))
