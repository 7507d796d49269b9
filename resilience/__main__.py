"""``python -m resilience`` is ``resilience``."""

from resilience.cli import run

if __name__ == "__main__":
    run()
