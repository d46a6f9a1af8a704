"""The gateway reads the document for itself: it shares words with the clauses, never a limit, list or table."""

import ast
from pathlib import Path
from typing import get_args

from generations_contract import gateway
from generations_contract.api import vocabulary
from generations_contract.gateway import codes, models

VOCABULARY = "generations_contract.api.vocabulary"
# States, paths, and what only prose says; nothing that is read from the schemas but the one word "auto".
WORDS = {
    "CANCELLED", "COMPLETED", "FAILED", "GENERATIONS_PATH", "GET_WAIT_DEFAULT_S", "Modality", "OBJECT", "QUEUED",
    "RUNNING", "TERMINAL_MAX_AGE_S", "WAIT_AUTO",
}  # fmt: skip


def test_gateway_takes_words_only() -> None:
    """No module of the gateway imports a limit, a list of fields or a table of codes from the vocabulary."""
    taken = {
        alias.name
        for path in Path(gateway.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == VOCABULARY
        for alias in node.names
    }
    assert taken - WORDS == set()
    assert taken


def test_gateway_and_schemas_read_the_document_alike() -> None:
    """Two readings, one document: fields, limits, and the status of every code that both name, are equal."""
    assert set(models.TOP_LEVEL_KEYS) == set(vocabulary.TOP_LEVEL_KEYS)
    assert set(models.INPUT_KEYS) == set(vocabulary.INPUT_KEYS)
    limits = ("PROMPT_LENGTH_MIN", "PROMPT_LENGTH_MAX", "N_MIN", "N_MAX", "N_DEFAULT", "IMAGES_MAX")
    for name in (*limits, "WAIT_MIN_S", "WAIT_MAX_S"):
        assert getattr(models, name) == getattr(vocabulary, name), name
    assert codes.STATUS_OF_CODE.items() <= vocabulary.STATUS_OF_CODE.items()


def test_gateway_has_words_for_every_failure() -> None:
    """Each outcome that fails has a message and a status."""
    assert set(codes.MESSAGES) == set(get_args(codes.Failure))
    assert codes.MESSAGES.keys() <= codes.STATUS_OF_CODE.keys()
