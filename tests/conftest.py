"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)  # how long an example takes says nothing about it
settings.load_profile("steady")
