"""The same examples on each run, so that a run tells what changed; TIDEWAITER_LAWS=n draws others, n times as many."""

from hypothesis import settings
from laws import STEADY

if STEADY:
    settings.register_profile("steady", deadline=None, derandomize=True)
    settings.load_profile("steady")
