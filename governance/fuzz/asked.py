"""What a person asks the fuzzer for."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """One run."""

    folder: Path
    """The workspace."""
    entity: str
    environment: str | None = None
    apis: tuple[str, ...] = ()
    """`api` or `api@version`; none: the newest active version of all that the entity offers."""
    operations: tuple[str, ...] = ()
    """Operation ids; none: all."""
    seed: int = 1
    examples: int = 20
    """The most test cases that the fuzzer makes up for an operation, besides those that its phases derive."""
    seconds: float = 1800
    """How long a run may take in all."""
    writes: bool = True
    """Whether operations that may change something are called."""
    through_gateway: bool = True
    """Whether the recorded calls are made again through the whole gateway."""
    gateway_calls: int = 40
    """The most calls of an operation that are made again."""
    clean_up: bool = True
    witnesses: tuple[str, ...] = ()
    """Other entities on the same systems, whose lists are read before and after."""
    today: dt.date = field(default_factory=dt.date.today)
