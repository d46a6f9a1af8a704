"""The suite's own tests."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
