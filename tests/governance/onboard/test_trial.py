"""An entity that goes live for a time: the draft for the board says until when, and what its end does."""

from types import SimpleNamespace

import pytest
from board import NOW, SOME, Board

from gateway.trust.decision import About
from gateway.trust.signed import decision_entry
from governance.cli.main import main
from governance.onboard.asked import Asked
from governance.onboard.deciding import _drafted
from governance.onboard.work import Work


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path)


def drafted(board, **said):
    """The name of the draft, and what it says."""
    found = {"counts": {"error": 0, "warning": 1}, "entries": 9, "not_tested": []}
    work = SimpleNamespace(
        asked=Asked(board.ws, "acme", "prod", submitter="dora", **said), now=NOW, found=lambda _: found,
        subject=SimpleNamespace(state=SimpleNamespace(workspace=SimpleNamespace(
            entities={"acme": SimpleNamespace(name="Acme")}
        ))),
    )  # fmt: skip
    name = _drafted(work, About(files={"entities/acme.yaml": SOME}, report=SOME), SOME)
    return name, decision_entry(board.ws, name).value.validity


def test_the_draft_says_until_when_and_what_its_end_does(board):
    name, validity = drafted(board)
    assert (validity.until, validity.on_expiry) == (None, "block")
    trial, validity = drafted(board, days=60, on_expiry="stop")
    assert ((validity.until - NOW).days, validity.on_expiry) == (60, "stop")
    assert (name == trial, drafted(board)[0], drafted(board, days=60, on_expiry="stop")[0]) == (False, name, trial)


def test_the_command_that_goes_on_asks_the_same(board):
    asked = Asked(board.ws, "acme", "prod", days=60, on_expiry="stop")
    place = SimpleNamespace(asked=asked, command=lambda *words: " ".join(map(str, words)))
    assert Work.again(place).endswith("--days 60 --on-expiry stop")


def test_what_never_ends_stops_nothing(board, capsys):
    assert main(["onboard", "acme", "-e", "prod", "--on-expiry", "stop", "-w", str(board.ws)]) == 2
    assert "say how long it counts: --days N" in capsys.readouterr().err
