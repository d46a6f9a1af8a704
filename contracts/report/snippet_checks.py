"""What a stand-alone test asserts for each clause: source text, one entry per clause or group of clauses.

Only text lives here; `snippet` puts it behind the requests of a breach. The names that the text may use are
those of `snippet.HELPERS`: `answer` is the answer in question, `before` are the earlier ones, `wait_s` is the
window that was asked for, `sent` the JSON body of the creation.
"""

from typing import Final

from contracts.vocabulary import STATUS_OF_CODE


def _refused(code: str) -> str:
    return f"assert (answer.status, answer.code) == ({STATUS_OF_CODE[code]}, {code!r}), answer"


_ACCEPTED: Final = "assert 200 <= answer.status < 300, answer"
_TERMINAL_ANSWER: Final = "assert answer.state in TERMINAL, answer\n"
_IN_TIME: Final = "assert answer.elapsed_s <= wait_s + SLACK_S, answer"
_SAME: Final = (
    "for earlier in before:\n    if earlier.state in TERMINAL:\n        assert {} == {}, (earlier, answer)"
)

CHECKS: Final[dict[str, str]] = {
    **dict.fromkeys(("auth.missing-key", "auth.invalid-key", "auth.scheme", "auth.before-validation"), _refused("unauthenticated")),
    **dict.fromkeys(("auth.foreign-generation", "lifecycle.not-found"), _refused("not_found")),
    "auth.key-never-echoed": "assert KEY not in answer.text + repr(answer.headers), answer",
    **dict.fromkeys(("request.documented-accepted", "request.irrelevant-ignored", "lifecycle.resumable",
                     "errors.elapsed-is-not-an-error"), _ACCEPTED),
    "request.unknown-model": "assert answer.code in ('invalid_input', 'model_unavailable', 'not_found'), answer",
    "wait.get-range": _refused("invalid_input"),
    "wait.zero-create": f"{_IN_TIME}\nassert answer.state == 'queued', answer",
    **dict.fromkeys(("wait.never-late", "wait.terminal-at-once", "wait.get-default", "wait.auto-cap", "wait.independent"), _IN_TIME),
    **dict.fromkeys(("wait.never-early", "wait.fractional"),
                    f"{_IN_TIME}\nassert answer.state in TERMINAL or answer.elapsed_s >= wait_s - 0.05, answer"),
    "wait.wakes": "ended = min(each.answered_at for each in [*before, answer] if each.state in TERMINAL)\n"
                  "assert answer.answered_at <= ended + SLACK_S, answer",
    "headers.retry-after": "assert answer.state in TERMINAL or answer.headers.get('retry-after'), answer",
    "headers.rate-limit": "assert answer.status != 429 or answer.headers.get('retry-after'), answer",
    "headers.cache-terminal": f"{_TERMINAL_ANSWER}cache = answer.headers.get('cache-control', '')\n"
                              "assert 'private' in cache and 'max-age=60' in cache, answer\n"
                              "assert 'public' not in cache and 'no-store' not in cache, answer",
    "headers.cache-non-terminal": "assert answer.state in TERMINAL or 'no-store' in answer.headers.get('cache-control', ''), answer",
    "errors.envelope": "assert answer.status < 400 or (answer.code and answer.body['error']['message']), answer",
    "errors.code-status": f"assert {dict(STATUS_OF_CODE)!r}.get(answer.code) == answer.status, answer",
    "errors.no-server-error": "assert answer.status < 500 or answer.status in (502, 504), answer",
    "errors.no-leak": "assert not any(mark in answer.text.lower() for mark in ('traceback', '<html', '.py\"')), answer",
    "response.json": "assert 'json' in answer.headers.get('content-type', ''), answer",
    "response.schema": "for name, kind in (('id', str), ('object', str), ('status', str), ('model', str), ('created_at', str)):\n"
                       "    assert isinstance(answer.body.get(name), kind), (name, answer)\n"
                       "assert answer.body['object'] == 'generation', answer\n"
                       "assert answer.state in {'queued', 'running', *TERMINAL}, answer",
    "response.model-echo": "assert answer.body['model'] == sent['model'], answer",
    "response.completed-at": "assert bool(answer.body.get('completed_at')) == (answer.state in TERMINAL), answer",
    "response.output": "assert bool((answer.body.get('output') or {}).get('media')) == (answer.state == 'completed'), answer",
    "response.usage": "assert answer.state not in TERMINAL or answer.body['usage']['cost_usd'] >= 0, answer",
    "response.error": "assert bool(answer.body.get('error')) == (answer.state == 'failed'), answer",
    "response.media-count": f"{_TERMINAL_ANSWER}assert len(answer.body['output']['media']) == sent.get('n', 1), answer",
    "lifecycle.unique-ids": "assert answer.body['id'] not in [each.body['id'] for each in before], answer",
    "lifecycle.forward-only": "rank = {'queued': 0, 'running': 1}\n"
                              "ranks = [rank.get(each.state, 2) for each in [*before, answer]]\n"
                              "assert ranks == sorted(ranks), [each.state for each in [*before, answer]]",
    "lifecycle.terminal-final": _SAME.format("earlier.state", "answer.state"),
    "lifecycle.identity": "for earlier in before:\n    for name in ('id', 'object', 'model', 'created_at'):\n"
                          "        assert earlier.body[name] == answer.body[name], (name, earlier, answer)",
    "lifecycle.terminates": _TERMINAL_ANSWER.strip(),
    "billing.stable": _SAME.format("earlier.body['usage']['cost_usd']", "answer.body['usage']['cost_usd']"),
    "billing.positive": f"{_TERMINAL_ANSWER}assert answer.body['usage']['cost_usd'] > 0, answer",
    **dict.fromkeys(("media.direct-url", "media.lifetime"), "assert answer.status == 200, answer"),
    "media.signature": "assert answer.status != 200, answer",
}  # fmt: skip

_NOT_REFUSING: Final = ("request.blame",)
# Sections and slugs of which every member is refused alike.
_REFUSING: Final = ("strict.", "request.")


def check_of(clause_id: str) -> str | None:
    """The assertion for a clause; `None` where it takes more than a few lines to judge."""
    if clause_id in CHECKS:
        return CHECKS[clause_id]
    code = clause_id.removeprefix("errors.").replace("-", "_")
    if clause_id.startswith("errors.") and code in STATUS_OF_CODE:
        return f"assert answer.code == {code!r}, answer"
    refusing = clause_id.startswith(_REFUSING) and clause_id not in _NOT_REFUSING
    return _refused("invalid_input") if refusing else None
