"""Two contract documents compared: facts by one walk, judgement by rules, proof where proof is possible."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from governance.diff.comparison import compare as compare

__all__ = ["compare"]


def __getattr__(name: str) -> Any:
    """`compare`, loaded when it is asked for: most parts of this package need no engine."""
    if name != "compare":
        raise AttributeError(name)
    from governance.diff.comparison import compare  # noqa: PLC0415 - see above

    return compare
