"""The report and the web page in headless Chromium: `pytest tests/browser_load.py`. Needs `chromium`.

Not collected by plain pytest, which needs no browser. Screenshots are left in the directory that
`LOAD_SCREENSHOTS` names, for people to look at.
"""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from generations_load.report import page
from tests.load.load_helpers import load_run
from tests.load.test_report import result

CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr",
]  # fmt: skip


def browse(directory: Path, url: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """Chromium on one page, with a profile of its own."""
    assert shutil.which("chromium"), "install chromium (apt-get install chromium)"
    line = [*CHROMIUM, f"--user-data-dir={directory / 'profile'}", *options, url]
    return subprocess.run(line, capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.parametrize(("name", "width"), [("wide", 1200), ("phone", 390)])
def test_report_shows_without_a_console_message(tmp_path: Path, name: str, width: int) -> None:
    """Two widths, a picture each, and not one message on the browser's console."""
    file = tmp_path / "report.html"
    file.write_text(page.render(result()), "utf-8")
    shots = Path(os.environ.get("LOAD_SCREENSHOTS", tmp_path))
    shot = shots / f"report-{name}.png"
    done = browse(tmp_path, file.as_uri(), f"--window-size={width},2400", f"--screenshot={shot}")
    assert shot.stat().st_size > 10_000
    assert not re.search(r"CONSOLE", done.stderr)


def test_web_page_has_the_long_polls_tab(tmp_path: Path) -> None:
    """Locust's page, with a run going: the tab is there, and its rows come with locust's own statistics."""
    options = (
        "-u",
        "5",
        "-r",
        "5",
        "--wait",
        "1",
        "--web-port",
        "18089",
        "--web-host",
        "127.0.0.1",
        "--headful",
    )
    with load_run(tmp_path / "r", *options, "--autostart", "-t", "30s") as process:
        url = "http://127.0.0.1:18089"
        deadline, rows = time.monotonic() + 25, []
        while time.monotonic() < deadline and not any("started" in row["run"] for row in rows):
            time.sleep(1)
            try:
                with urllib.request.urlopen(f"{url}/stats/requests", timeout=5) as answer:  # noqa: S310
                    rows = json.load(answer).get("extended_stats", [{"data": []}])[0]["data"]
            except OSError:
                continue
        assert {"Held", "Finished", "Generator", "Contract breaches"} <= {row["what"] for row in rows}
        shots = Path(os.environ.get("LOAD_SCREENSHOTS", tmp_path))
        shot = shots / "web.png"
        dump = browse(tmp_path, f"{url}/?tab=long-polls", "--virtual-time-budget=8000", "--dump-dom").stdout
        browse(
            tmp_path, f"{url}/?tab=long-polls", "--virtual-time-budget=8000", "--window-size=1200,1400",
            f"--screenshot={shot}",
        )  # fmt: skip
        assert "Long polls" in dump
        assert "Contract breaches" in dump
        assert shot.stat().st_size > 10_000
        process.terminate()
        process.communicate(timeout=30)
