"""A table judged in one test, row by row: every row that fails is told, by its name and with what was wrong."""

import functools
import inspect
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest

TESTS = str(Path(__file__).resolve().parents[1])

SHOWN_CHARACTERS = 2_000


class Rows:
    """What was judged, and what the rows that failed are wrong with."""

    def __init__(self):
        self.judged, self.wrong = 0, []

    @contextmanager
    def row(self, name):
        """Judge one row: whatever is raised is kept, and the next row is judged."""
        self.judged += 1
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - told in `end`
            frames = traceback.extract_tb(error.__traceback__)
            at = [*frames[:1], *(frame for frame in frames if frame.filename.startswith(TESTS))][-1]
            said = "".join(traceback.format_exception_only(error)).strip()
            self.wrong.append(f"{name}\n  {at.filename}:{at.lineno}\n  {said[:SHOWN_CHARACTERS]}")

    def end(self):
        """Fail where a row was wrong, or where there was none."""
        __tracebackhide__ = True
        if not self.judged:
            pytest.fail("the table has no rows", pytrace=False)
        if self.wrong:
            told = "\n".join(self.wrong)
            pytest.fail(f"{len(self.wrong)} of {self.judged} rows are wrong:\n{told}", pytrace=False)


def over(names, rows, ids=repr):
    """As `pytest.mark.parametrize`, but one test for all rows; fixtures are made once for all of them.

    `ids` names a row; it gets what the row holds.
    """
    named = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = list(rows)

    def decorate(test):
        kept = [p for p in inspect.signature(test).parameters.values() if p.name not in named]

        def of(row):
            return dict(zip(named, (row,) if len(named) == 1 else row, strict=True))

        if inspect.iscoroutinefunction(test):

            async def whole(**fixtures):
                __tracebackhide__ = True
                judged = Rows()
                for row in table:
                    with judged.row(ids(row)):
                        await test(**fixtures, **of(row))
                judged.end()

        else:

            def whole(**fixtures):
                __tracebackhide__ = True
                judged = Rows()
                for row in table:
                    with judged.row(ids(row)):
                        test(**fixtures, **of(row))
                judged.end()

        functools.update_wrapper(whole, test)
        whole.__signature__ = inspect.Signature(kept)
        return whole

    return decorate
