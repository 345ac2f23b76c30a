"""The metrics pages of several workers as one: counts add up, and a worker that ended keeps counting.

Without the second, each replaced worker would look like a counter that was set back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_LEAST = "_created"
"""When a series began: the earliest of all."""
_MOST = (
    "tidewaiter_release_info", "tidewaiter_overrides", "tidewaiter_operations_stopped",
    "tidewaiter_operations_next_stop_timestamp_seconds", "tidewaiter_approval_next_end_timestamp_seconds",
    "tidewaiter_approvals_ended", "tidewaiter_release_withdrawn",
    "tidewaiter_clock_off_seconds",
)  # fmt: skip
"""The same in every worker: said once."""


@dataclass(slots=True)
class Page:
    """One page of the Prometheus text format: series by family, in the order in which they came."""

    comments: dict[str, list[str]] = field(default_factory=dict)
    """`# HELP` and `# TYPE` lines by family."""
    kinds: dict[str, str] = field(default_factory=dict)
    families: dict[str, dict[str, float]] = field(default_factory=dict)
    """Family -> series (name and labels) -> value."""


def read_page(text: str) -> Page:
    """A page as `prometheus_client.generate_latest` writes it: each family under its own comments."""
    page = Page()
    family = ""
    for line in text.splitlines():
        if line.startswith("#"):
            _, word, family, *rest = line.split(" ", 3)
            page.comments.setdefault(family, []).append(line)
            page.families.setdefault(family, {})
            if word == "TYPE" and rest:
                page.kinds[family] = rest[0]
        elif line:
            series, _, value = line.rpartition(" ")
            page.families.setdefault(family, {})[series] = float(value)
    return page


def merged(pages: Iterable[Page]) -> Page:
    """All pages as one."""
    total = Page()
    for page in pages:
        for family, lines in page.comments.items():
            total.comments.setdefault(family, lines)
            if family in page.kinds:
                total.kinds.setdefault(family, page.kinds[family])
        for family, found in page.families.items():
            into = total.families.setdefault(family, {})
            for series, value in found.items():
                into[series] = _together(series, into.get(series), value)
    return total


def _together(series: str, one: float | None, other: float) -> float:
    if one is None:
        return other
    name = series.split("{", 1)[0]
    if name.endswith(_LEAST):
        return min(one, other)
    return max(one, other) if name in _MOST else one + other


def what_stays(page: Page) -> Page:
    """Of a worker that has ended: what it counted. What it only held (memory, calls under way) went with it."""
    kept = Page()
    for family, found in page.families.items():
        kind = page.kinds.get(family, "")
        counts = kind in ("counter", "histogram", "summary") or family.endswith(_LEAST)
        if counts and family not in _MOST:
            kept.comments[family] = page.comments.get(family, [])
            kept.kinds[family] = kind
            kept.families[family] = dict(found)
    return kept


def written(page: Page, more: Mapping[str, tuple[str, str, float]] | None = None) -> str:
    """The page as text. `more`: name -> kind, help and value of the parent's own series."""
    lines: list[str] = []
    for family, found in page.families.items():
        lines += page.comments.get(family, [])
        lines += [f"{series} {_number(value)}" for series, value in found.items()]
    for name, (kind, help_text, value) in (more or {}).items():
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", f"{name} {_number(value)}"]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return repr(float(value))
