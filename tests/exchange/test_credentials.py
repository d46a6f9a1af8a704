"""The one table of ways to show a key: its three forms agree, and nobody spells one again."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from generations_contract.exchange.credentials import CREDENTIALS, in_python, in_shell, is_in_shell
from generations_contract.exchange.exchange import Response
from generations_contract.recordings.codec import curl
from generations_contract.scripts.script import Fetch
from generations_contract.wire.client import Client
from tests import ROOT
from tests.support.exchanges import example_target

KEYS = ("zt_main_Q7m2XvT9kRLw4BsH", "odd", "k" * 200, "a*b?c$d`e\\f~g")
# Who says "Bearer" without the table: the reference has no reading in common with the clauses; OpenAPI's word.
OWN_WORDS = {"gateway", "regression/versions/openapi.py", "clauses/auth.py", "clauses/client/requests.py"}


def evaluated_by_shell(expression: str, key: str) -> str:
    """What `sh` makes of an expression between double quotes."""
    command = ["sh", "-c", f'printf %s "{expression}"']
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"KEY": key})
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", CREDENTIALS)
def test_three_forms_of_a_credential_agree(name: str, key: str) -> None:
    """What the client sends is what the shell makes of the curl line and Python of the snippet."""
    row = CREDENTIALS[name]
    assert eval(row.python, {"KEY": key}) == row.value(key)  # noqa: S307 - a row of our own table
    assert evaluated_by_shell(row.shell, key) == (row.value(key) or "")


@pytest.mark.parametrize("name", CREDENTIALS)
def test_recording_shows_the_shell_form(name: str) -> None:
    """What the client records, and curl prints between double quotes, is the table's."""
    client = Client(example_target())
    sent = client.prepare(Fetch("gen_1", credential=name))
    line = curl(client.record(sent, Response(401), sent_at=0, answered_at=1))
    shown = in_shell(name, "GATEWAY_API_KEY")
    assert (f'-H "Authorization: {shown}"' in line or f"'Authorization: {shown}'" in line) == (
        name != "missing"
    )


def test_only_the_tables_forms_are_for_a_shell() -> None:
    """A command, another variable's trick or text around a form is none."""
    assert all(is_in_shell(in_shell(name, "K")) for name in CREDENTIALS if name != "missing")
    for odd in (
        "Bearer $(touch pwned)",
        "Bearer $K x",
        "x Bearer $K",
        "",
        "Bearer ${K:-`id`}",
        "Bearer $K\n",
    ):
        assert not is_in_shell(odd)


def test_python_form_takes_any_expression_of_a_key() -> None:
    """The key of another account stands in the very expression."""
    expression = in_python("prefix", "keys['OTHER_KEY']")
    assert eval(expression, {"keys": {"OTHER_KEY": "abc"}}) == "Bearer ab"  # noqa: S307 - a row of our own table


def _texts(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
    ]


def test_nobody_spells_a_credential_again() -> None:
    """No other module of the product writes "bearer", or a form of the table."""
    forms = {"bearer", "swapcase", *(each.shell for each in CREDENTIALS.values() if each.shell)}
    base = ROOT / "contracts" / "generations_contract"
    found = [
        f"{path.relative_to(ROOT)}: {text!r:.60}"
        for path in [*base.rglob("*.py"), *(ROOT / "loadtests").rglob("*.py")]
        if path.name != "credentials.py"
        and not any(str(path).startswith(str(base / each)) for each in OWN_WORDS)
        for text in _texts(path)
        if text in forms or "bearer " in text.lower()
    ]
    assert found == []
