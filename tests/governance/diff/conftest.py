"""The same examples on each run, so that a run tells what changed; TIDEWAITER_LAWS_ANEW=1 draws others."""

from hypothesis import settings
from laws import STEADY

if STEADY:
    settings.register_profile("steady", deadline=None, derandomize=True)
    settings.load_profile("steady")
