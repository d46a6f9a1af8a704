"""`report.html`: what it says, that nothing in it can act, and how it looks in a real browser."""

import html as markup
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from generations_contract.judging.ledger import Ledger
from generations_contract.report import html
from generations_contract.report.timeline import picture
from tests.report.report_helpers import FIVE_FAULTS, content_of, hostile_run, short_run

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


class _Tags(HTMLParser):
    """Collects elements and attributes, and checks that elements close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> _Tags:
    """The elements of a page, which must close in order."""
    tags = _Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    return tags


@pytest.fixture(scope="module")
def page() -> str:
    """The page of a run with five faults."""
    ledger, exchanges = short_run(FIVE_FAULTS)
    return html.document(content_of(ledger), exchanges)


def test_page_begins_with_the_verdict(page: str) -> None:
    """Title, heading and counts of a broken run stand before everything else."""
    text = page[page.index("<body>") :]
    assert text.index("The contract is broken") < text.index("<nav") < text.index("<h2>Broken</h2>")
    assert re.search(r"<b>\d+</b> broken", text)


def test_page_shows_each_broken_clause_with_its_evidence(page: str) -> None:
    """Clause, sentence, expected, actual, picture, dialogue, curl, test and fingerprint of each breach."""
    cards = page.split('<section class="card"')[1:]
    ids = {card.split('"')[1].removeprefix("broken-") for card in cards}
    assert {"strict.top-level", "headers.cache-terminal", "lifecycle.terminal-final"} <= ids
    for card in cards:
        for part in (
            "<blockquote>",
            "expected",
            "actual",
            "<svg",
            "What was said",
            "curl",
            "import httpx",
            "fingerprint",
        ):
            assert part in card, part


def test_page_lists_every_clause_with_the_documents_sentence(page: str) -> None:
    """The matrix has a row for each clause, whatever became of it."""
    content = content_of(Ledger(), "passed")
    for clause in content["clauses"]:
        assert f'id="clause-{clause["id"]}"' in page
        assert markup.escape(clause["says"]) in page.replace("&#39;", "&#x27;").replace("&#34;", "&quot;")


def test_page_says_why_something_was_not_exercised() -> None:
    """A reason is told once, with all clauses that it keeps from being exercised."""
    ledger = Ledger()
    ledger.excuse(["errors.provider-timeout"], "the profile names no models.timing_out")
    text = html.document(content_of(ledger, "passed"))
    assert "1 × the profile names no models.timing_out" in text
    assert "no probe of this run was about it" in text


def test_page_needs_nothing_from_anywhere(page: str) -> None:
    """Self-contained: no script, no address of anything to load, and a policy that forbids both."""
    tags = parsed(page)
    assert not {"script", "img", "iframe", "object", "embed"} & set(tags.seen)
    loads = [value for name, value in tags.attributes if name in ("src", "href", "srcset", "action")]
    assert all(value.startswith("#") or value == "data:," for value in loads)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in tags.attributes
    assert "url(" not in page[: page.index("</style>")]


def test_page_of_hostile_answers_holds_nothing_that_acts() -> None:
    """Markup, scripts, template code, escapes and bidirectional text of a gateway are shown as text."""
    ledger, exchanges = hostile_run()
    page = html.document(content_of(ledger, note="\u202enote"), exchanges)
    tags = parsed(page)
    assert not {"script", "img"} & set(tags.seen)
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert not set(page) & set("\x1b\x00\u202e\ud800")
    assert "alert(1)" in page
    assert "{{ 7*7 }}" in page
    page.encode("utf-8")


def test_page_of_a_run_with_nothing_in_it_is_whole() -> None:
    """An unusable target still gives a page that says so."""
    page = html.document(content_of(Ledger(), "unusable", "https://x cannot be used: nothing listens there"))
    assert "The target cannot be used" in page
    assert "nothing was billed" in page
    parsed(page)


def test_page_is_the_same_for_the_same_run() -> None:
    """Nothing in it depends on the moment or on the order of a set."""
    ledger, exchanges = short_run(FIVE_FAULTS)
    assert html.document(content_of(ledger), exchanges) == html.document(content_of(ledger), exchanges)


def test_picture_has_a_bar_for_each_exchange_and_the_states_between() -> None:
    """Bold rows are what the finding rests on; the band shows the states in the order they were seen."""
    ledger, exchanges = short_run(FIVE_FAULTS)
    [breach, *_] = ledger.verdicts["lifecycle.terminal-final"].breaches
    svg = picture(breach["exchanges"], [each for each in exchanges if each["kind"] in ("create", "fetch")])
    assert svg.count('class="bar ') == svg.count('class="strong"') + svg.count('class="weak"')
    assert svg.count('class="strong"') == len(breach["exchanges"])
    assert 'class="state completed"' in svg
    assert 'class="window"' in svg


def test_picture_of_a_moment_has_a_scale() -> None:
    """Exchanges that took no time at all are drawn, and no number is infinite."""
    ledger, _ = short_run(FIVE_FAULTS)
    [breach, *_] = ledger.verdicts["headers.cache-terminal"].breaches
    one = dict(breach["exchanges"][-1])
    one["answered_at"] = one["sent_at"]
    assert "nan" not in picture([one], [])
    assert "0.10 s" in picture([one], [])


# -- in a browser -----------------------------------------------------------------------------------------

_MEASURE = """<!doctype html><title>measuring</title><body style="margin:0"><iframe id="page" srcdoc="{page}"
style="width:{width}px;height:900px;border:0"></iframe><script>
onload = () => {{ const inner = document.getElementById("page").contentDocument;
inner.querySelectorAll("details").forEach(each => each.open = true);
document.title = "width " + inner.documentElement.scrollWidth + " text " + inner.body.innerText.length; }};
</script>"""


def in_browser(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What a headless browser says of a file."""
    assert BROWSER is not None
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--virtual-time-budget=3000",
    ]
    command = [BROWSER, *flags, *options, path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [320, 1280])
def test_page_fits_the_width_of_a_phone_and_a_desk(page: str, width: int, tmp_path: Path) -> None:
    """With everything unfolded nothing makes the page wider than the screen."""
    path = tmp_path / "measure.html"
    path.write_text(_MEASURE.format(page=markup.escape(page, quote=True), width=width), encoding="utf-8")
    told = re.search(r"<title>width (\d+) text (\d+)</title>", in_browser(path, "--dump-dom").stdout)
    assert told is not None
    assert int(told[1]) <= width
    assert int(told[2]) > 2000


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("hostile", [False, True])
def test_page_opens_without_a_word_on_the_console(page: str, hostile: bool, tmp_path: Path) -> None:
    """No error, no warning, and no script of a hostile gateway runs."""
    path = tmp_path / "report.html"
    if hostile:
        ledger, exchanges = hostile_run()
        page = html.document(content_of(ledger), exchanges)
    path.write_text(page, encoding="utf-8")
    opened = in_browser(path, f"--screenshot={tmp_path / 'page.png'}", "--window-size=1280,2000")
    assert "CONSOLE" not in opened.stderr
    assert (tmp_path / "page.png").stat().st_size > 10_000
