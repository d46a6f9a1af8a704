"""A breach as a stand-alone pytest file: the requests again, in their order, and an assertion.

It needs httpx and pytest, not this suite; keys come from the environment. The requests are those that the
breach rests on, and the creation of their generation where the run has recorded it. Signed URLs are asked
for anew. Where a clause takes more than a few lines to judge, the assertion is that the target no longer
answers as it did, and says so.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pprint import pformat
from typing import Any

from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.exchange.credentials import BEARER, CREDENTIALS, in_python
from generations_contract.exchange.exchange import Asset, Exchange
from generations_contract.exchange.signed_urls import LIVES, MOMENTS, SIGNATURES, SPOILT
from generations_contract.forms.text import printable
from generations_contract.recordings.codec import from_dict, tiles

_MOST_REQUESTS = 8
# A pause between two requests shorter than this does not matter.
_SHORT_PAUSE_S = 0.4
_LONGEST_VALUE = 3000

_VARIABLE = re.compile(r"\$\{?#?([A-Za-z_]\w*)")


@cache
def helpers() -> str:
    """What every file begins with: a client, an answer, and what several checks use."""
    return (
        files("generations_contract.report").joinpath("templates/snippet.py.txt").read_text(encoding="utf-8")
    )


@cache
def checks() -> Mapping[str, str]:
    """What is asserted, as Python text by clause (templates/checks.toml)."""
    text = files("generations_contract.report").joinpath("templates/checks.toml").read_text(encoding="utf-8")
    return {clause: each["python"] for each in tomllib.loads(text)["check"] for clause in each["clauses"]}


def pytest_file(breach: Mapping[str, Any], around: Sequence[Mapping[str, Any]] = ()) -> str:
    """The file for a breach (`verdict.breach_document`); `around`: other exchanges of its generations."""
    exchanges = _chosen(breach, around)
    name = re.sub(r"\W+", "_", breach["clause"])
    variable = next(filter(None, map(_key_variable, reversed(exchanges))), "GATEWAY_API_KEY")
    lines = [
        f'"""{breach["clause"]}: {_plain(breach["says"])}',
        "",
        f"Run it with {variable}=... set: pytest test_{name}.py",
        '"""',
        "",
        helpers(),
        f"SIGNATURES, MOMENTS = {sorted(SIGNATURES)}, {sorted({*MOMENTS, *LIVES})}",
        f"STATUS_OF_CODE = {STATUS_OF_CODE}",
        f'KEY = os.environ["{variable}"]',
        "SLACK_S = 0.5",
        "",
        "",
        f"def test_{name}():",
        f"    # expected: {_plain(breach['expected'])}",
        f"    # actual:   {_plain(breach['actual'])}",
        *(f"    {line}".rstrip() for line in _body(breach, exchanges, variable)),
    ]
    return "\n".join(lines) + "\n"


def _chosen(breach: Mapping[str, Any], around: Sequence[Mapping[str, Any]]) -> list[Exchange]:
    """What to send, by the time of sending: what the breach rests on, and what had been asked before.

    A fault may depend on how often a generation has been polled, so its whole story is told where it is
    short; where it is long, its creation at least.
    """
    rests_on = _different(from_dict(each) for each in breach["exchanges"])
    judged = from_dict(breach["exchanges"][-1])
    ids = {each.generation_id for each in rests_on if each.generation_id}
    others = (from_dict(each) for each in around if each.get("kind") in ("create", "fetch"))
    story = _different(
        each
        for each in [*rests_on, *others]
        if _told_with(each, judged, ids) and each.answered_at <= judged.sent_at
    )
    chosen = _different([*rests_on, *story])
    if len(chosen) > _MOST_REQUESTS:
        creations = [each for each in story if each.kind == "create"]
        chosen = _different([*creations[:2], *rests_on[-_MOST_REQUESTS:]])
    return sorted(chosen, key=lambda each: (each.sent_at, each.answered_at, each.kind != "create"))


def _told_with(exchange: Exchange, judged: Exchange, ids: Collection[str]) -> bool:
    """Whether it is of the same story: of a generation concerned, or what used up the rate before a 429."""
    return exchange.generation_id in ids or (judged.status == 429 and exchange.account == judged.account)


def _different(exchanges: Iterable[Exchange]) -> list[Exchange]:
    found: list[Exchange] = []
    for each in exchanges:
        if not any(_same(each, other) for other in found):
            found.append(each)
    return found


def _body(breach: Mapping[str, Any], exchanges: Sequence[Exchange], variable: str) -> Iterator[str]:
    judged = from_dict(breach["exchanges"][-1])
    named: dict[str, str] = {}
    listed: dict[str, str] = {}
    last = max((at for at, each in enumerate(exchanges) if _same(each, judged)), default=len(exchanges) - 1)
    overlap = any(later.sent_at < each.answered_at for each, later in pairwise(exchanges))
    if overlap:
        yield f"pool = ThreadPoolExecutor({len(exchanges)})  # some of these requests overlap"
    free_at = exchanges[0].sent_at
    for number, exchange in enumerate(exchanges):
        pause_s, later = exchange.sent_at - free_at, exchanges[number + 1 :]
        followed = {each.generation_id for each in later if each.kind != "create"}
        yield from _request(
            exchange, number, pause_s, named, listed, followed, variable, breach["clause"], overlap=overlap
        )
        # What is sent from the pool holds nothing up: pauses count from the last request that did.
        free_at = exchange.answered_at if not overlap or exchange.kind == "create" else free_at
    names = [f"answer_{number}" for number in range(len(exchanges))]
    if overlap:
        joined = ", ".join(names)
        waiting = ", ".join(
            f"{name}.result()" if exchanges[at].kind != "create" else name for at, name in enumerate(names)
        )
        yield f"{joined}{',' if len(names) == 1 else ''} = {waiting}"
    before = [name for at, name in enumerate(names) if at != last and exchanges[at].failure is None]
    yield f"answer, before = {names[last]}, [{', '.join(before)}]"
    yield from _assertion(breach, judged, exchanges, listed)


def _request(
    exchange: Exchange,
    number: int,
    pause_s: float,
    named: dict[str, str],
    listed: dict[str, str],
    followed: Collection[str | None],
    variable: str,
    clause: str,
    *,
    overlap: bool,
) -> Iterator[str]:
    """One request.

    `named`: id -> the variable with this run's. `listed`: id -> the answer that last listed its media.
    `followed`: ids that are asked for later.
    """
    request = exchange.request
    url = _url(exchange, named, listed)
    arguments = [repr(request.method), url]
    headers = _headers(exchange, variable)
    if headers:
        arguments.append(f"headers={{{headers}}}")
    if request.body:
        yield f"body_{number} = {_content(request.body)}"
        arguments.append(f"content=body_{number}")
    if pause_s > _SHORT_PAUSE_S:
        arguments.append(f"after_s={pause_s:.1f}")
    if exchange.failure is not None and exchange.failure.kind == "abandoned":
        arguments.append(f"hangs_up_after_s={exchange.elapsed_s:.2f}")
    written = ", ".join(arguments)
    later = overlap and exchange.kind != "create"
    function = "until_ended" if _read_at_the_end(exchange, clause) else "call"
    sent = f"pool.submit({function}, {written})" if later else f"{function}({written})"
    yield f"answer_{number} = {sent}"
    wanted = exchange.generation_id in followed and exchange.generation_id not in named
    if exchange.kind == "create" and wanted:
        named[str(exchange.generation_id)] = f"id_{number}"
        yield f'id_{number} = answer_{number}.body["id"]'
    if exchange.media and exchange.generation_id:
        listed[exchange.generation_id] = f"answer_{number}.result()" if later else f"answer_{number}"


def _read_at_the_end(exchange: Exchange, clause: str) -> bool:
    """Whether a GET showed the end, and not because it waited for it: this run's generation may take longer."""
    held = clause.startswith("wait.") and exchange.asked_window_s != 0
    return exchange.kind == "fetch" and bool(exchange.terminal) and not held


def _url(exchange: Exchange, named: Mapping[str, str], listed: Mapping[str, str]) -> str:
    """The URL as an expression, with the id of this run's generation in place of the recorded one."""
    request = exchange.request
    if exchange.asset is not None and exchange.asset.generation_id in listed:
        url = f'{_entry(exchange.asset, listed)}["url"]'
        return f"tampered({url}, {exchange.intent!r})" if exchange.intent in SPOILT else url
    holder = named.get(exchange.generation_id or "", "")
    if exchange.kind == "fetch" and holder:
        before, _, after = (
            request.url.replace("{", "{{").replace("}", "}}").rpartition(f"/{exchange.generation_id}")
        )
        return f"f{before + '/{' + holder + '}' + after!r}"
    return repr(request.url)


def _entry(asset: Asset, listed: Mapping[str, str]) -> str:
    return f'{listed[asset.generation_id]}.body["output"]["media"][{asset.index}]'


def _headers(exchange: Exchange, variable: str) -> str:
    shown = []
    for name, value in exchange.request.headers:
        if name.lower() == "authorization":
            own = _key_variable(exchange)
            key = f"os.environ['{own}']" if own and own != variable else "KEY"
            credential = exchange.credential if exchange.credential in CREDENTIALS else BEARER
            shown.append(f"{name!r}: {in_python(credential, key)}")
        elif found := _VARIABLE.fullmatch(value):
            shown.append(f'{name!r}: os.environ["{found[1]}"]')
        else:
            shown.append(f"{name!r}: {value!r}")
    return ", ".join(shown)


def _key_variable(exchange: Exchange) -> str | None:
    found = _VARIABLE.search(exchange.request.headers.get("authorization") or "")
    return found[1] if found else None


def _content(body: bytes) -> str:
    """The body as an expression: a Python value where that gives the same bytes, else the very bytes."""
    try:
        value = json.loads(body)
        same = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() == body
    except (ValueError, RecursionError):
        same = False
    if same and len(body) < _LONGEST_VALUE:
        shown = pformat(value, width=90, sort_dicts=False)
        return f"json.dumps({shown}, ensure_ascii=False, separators=(',', ':')).encode()"
    return _tiled(body)


def _tiled(body: bytes) -> str:
    """Bytes as a literal; a long run of one short piece is written as a product."""
    head, piece, count, tail = tiles(body)
    return f"{head!r} + {piece!r} * {count} + {tail!r}" if count else repr(body)


def _assertion(
    breach: Mapping[str, Any], judged: Exchange, exchanges: Sequence[Exchange], listed: Mapping[str, str]
) -> Iterator[str]:
    check = checks().get(breach["clause"])
    if check is None:
        status = judged.response.status if judged.response else 0
        told = f"({status}, {judged.state!r}, {judged.code!r})"
        yield "# The clause takes more than a few lines: this fails while the target answers as it did."
        yield f"assert (answer.status, answer.state, answer.code) != {told}, answer"
        return
    if "wait_s" in check:
        yield f"wait_s = {(judged.longest_window_s or 0.0) if judged.kind in ('create', 'fetch') else 0.0:g}"
    if "sent[" in check or "sent." in check:
        creations = [at for at, each in enumerate(exchanges) if each.kind == "create" and each.sent_object]
        own = [at for at in creations if exchanges[at].generation_id == judged.generation_id]
        created = next(iter([*own, *creations]), None)
        yield f"sent = json.loads(body_{created})" if created is not None else "sent = {}"
    if "entry" in check and judged.asset is not None and judged.asset.generation_id in listed:
        yield f"entry = {_entry(judged.asset, listed)}"
    if "blamed" in check:
        yield f"blamed = {(judged.problem or {}).get('param')!r}"
    if "image." in check and (found := re.search(r"image ([\d.]+) s", breach["actual"])):
        held_s = float(found[1])
        at = min(range(len(exchanges)), key=lambda each: abs(exchanges[each].elapsed_s - held_s))
        yield f"image = answer_{at}"
    yield from check.strip("\n").split("\n")


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.sent_at, one.answered_at, one.request.url) == (
        other.sent_at,
        other.answered_at,
        other.request.url,
    )


def _plain(text: str) -> str:
    """Text for a comment or a docstring of the file: one line, nothing that could end it."""
    return printable(text, 300).replace("\\", "\\\\").replace('"', "'")
