"""Settings of all tests."""

import os

from hypothesis import settings

# How long an example takes says nothing about it. In CI the examples are the same on every run, so that a
# change is judged by what it changed; by hand they are new each time, which is what finds new faults.
settings.register_profile("steady", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("steady"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "steady")
