"""`make demo-onboard STAY=1` without its way: the systems run, and the pages stay open until a signal comes."""

import sys

from governance.demo import onboarding
from governance.demo.board import PlayedBoard

onboarding._way = lambda _: None
PlayedBoard.drafted = lambda _, entity: f"onboard-{entity}-1"
PlayedBoard.summary = lambda _, entity: f"checked: {entity}"
sys.exit(onboarding.main(stay=True))
