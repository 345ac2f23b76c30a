"""The same examples on each run, so that a run tells what changed; TIDEWAITER_LAWS=n draws others, n times as many."""

import os

from hypothesis import settings

if not os.environ.get("TIDEWAITER_LAWS"):
    settings.register_profile("steady", deadline=None, derandomize=True)
    settings.load_profile("steady")
