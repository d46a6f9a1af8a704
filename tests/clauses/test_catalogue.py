"""The catalogue of clauses holds the contract's tables, id for id and level for level."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

import generations_contract.clauses
from generations_contract.judging.clause import CLAUSES, CLIENT_CLAUSES

TABLES = {
    "auth": {
        "MUST": "missing-key invalid-key",
        "SHOULD": "scheme before-validation foreign-generation key-never-echoed",
    },
    "request": {
        "MUST": "documented-accepted irrelevant-ignored model-required input-required prompt-length n-range "
        "wait-range images-limit field-types malformed-body",
        "SHOULD": "aspect-ratio-form unknown-model size-form blame",
        "OPEN": "characters null-optional integral-float duplicate-keys n-on-video unsupported-value "
        "image-urls content-type unknown-query",
    },
    "strict": {"MUST": "top-level nested every-modality"},
    "response": {
        "MUST": "schema model-echo same-shape completed-at output usage timestamps error media-count "
        "media-type json",
        "OPEN": "additive-fields",
    },
    "lifecycle": {
        "MUST": "forward-only terminal-final identity unique-ids resumable completes not-found",
        "SHOULD": "terminates repeatable-read",
    },
    "wait": {
        "MUST": "zero-create never-late never-early wakes terminal-at-once independent get-default get-range "
        "fractional auto-default auto-cap no-cadence",
        "SHOULD": "auto-modality",
        "OPEN": "get-auto",
    },
    "headers": {"MUST": "retry-after cache-terminal cache-non-terminal rate-limit"},
    "errors": {
        "MUST": "envelope code-status insufficient-quota model-unavailable content-policy rate-limited "
        "provider-unavailable provider-timeout elapsed-is-not-an-error failed-resource no-server-error schema",
        "SHOULD": "no-leak",
        "OPEN": "support-id other-paths",
    },
    "media": {
        "MUST": "direct-url bytes distinct",
        "SHOULD": "requested-size lifetime content-type signature seed",
        "OPEN": "expiry",
    },
    "billing": {"MUST": "stable", "SHOULD": "positive", "OPEN": "failed pricing deduplication"},
    "client": {
        "MUST": "request-valid authorization key-stays-home gives-window honours-retry-after no-duplicate-creation "
        "resumes-after-cut stops-at-terminal reports-failure branches-on-code tolerates-additions "
        "retries-only-retryable",
        "SHOULD": "resumes-after-crash outer-deadline asset-in-time polite-polling",
    },
}
ALL = CLAUSES | CLIENT_CLAUSES


def test_catalogue_is_the_contract() -> None:
    """No clause of the contract is missing, and each has its level; one that is added needs no row here."""
    expected = {
        f"{section}.{slug}": level
        for section, levels in TABLES.items()
        for level, slugs in levels.items()
        for slug in slugs.split()
    }
    there = {clause.id: clause.level for clause in ALL.values()}
    assert {clause_id: there.get(clause_id) for clause_id in expected} == expected
    assert {clause_id.partition(".")[0] for clause_id in there} == TABLES.keys()


def test_clauses_say_what_they_enforce() -> None:
    """Each has a sentence, and its check a docstring for the catalogue."""
    for clause in ALL.values():
        assert clause.says
        assert clause.check.__doc__ or clause.level == "OPEN", clause.id


PACKAGE = generations_contract.clauses.__name__
HOME = Path(generations_contract.clauses.__path__[0])
MODULES = sorted(path for path in HOME.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("clause_id", ALL)
def test_clause_stands_in_the_file_or_folder_of_its_section(clause_id: str) -> None:
    """Who looks for a clause of section wait looks in `clauses/wait`."""
    section = ALL[clause_id].check.__module__.removeprefix(f"{PACKAGE}.").partition(".")[0]
    assert section == ALL[clause_id].section


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOME)))
def test_clauses_rest_on_facts_only(path: Path) -> None:
    """No module of a section imports another one, be it of its own section; a fact imports facts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    within = [name for name in named if name == PACKAGE or name.startswith(f"{PACKAGE}.")]
    assert [name for name in within if not name.startswith(f"{PACKAGE}.facts.")] == []
    assert all(find_spec(name) for name in within)
