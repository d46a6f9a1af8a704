"""One clause, or one rule of `diff`, explained from where each fact stands: `generations-contract explain NAME`.

The sentences, the date and what is allowed come from `document`, level and breach from the clause, what provokes it
from the probes, what breaks it from the faults. Nothing is told here that does not stand there.
"""

import argparse
import inspect
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Final

import generations_contract.probes
from generations_contract.api import toml_file
from generations_contract.api.promises import in_words_of_the_file
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.clients.scenarios import showing
from generations_contract.document.table import document
from generations_contract.document.text import differences
from generations_contract.gateway.tampers import FAULTS
from generations_contract.judging.clause import Clause
from generations_contract.regression.verdicts.rules import is_rule, nearest, rule_of
from generations_contract.run.selection import known_clauses
from generations_contract.scripts.probe import PROBES, Depth, Probe

# Faults that are named with a clause.
SHOWN_FAULTS: Final = 2
# What only the embedded gateway is known to have; no profile can name it.
_EMBEDDED: Final = "reference."
EXIT_DIFFERENT: Final = 1
_DECIDED: Final = {
    "proved": "by containment: breaking with a document that shows it, undecided, or safe with a proof",
    "breaking": "by this rule: no document needs to show it",
    "undecided": "not at all: it ends with 2 where --fail-on names undecided, as it does by default",
    "policy": "by a person: it fails where --fail-on names policy",
    "safe": "by this rule: nobody can tell",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("clause", nargs="*", metavar="CLAUSE|RULE", help="its id; without one, all clauses")
    parser.add_argument("--all", action="store_true", help="all clauses, as without an argument")
    parser.add_argument("--json", action="store_true", help="as JSON instead of text")
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="instead: hold the table against the document's own text"
    )


def run(options: argparse.Namespace) -> int:
    """Print what was asked for; raises `UsageError` for an unknown name and a file that cannot be read."""
    if options.against is not None:
        return _compare(options.against)
    known = CLAUSES | CLIENT_CLAUSES
    named = [] if options.all else _known(options.clause)
    told = [explained(known[each]) if each in known else rule_explained(each) for each in named or known]
    text = json.dumps(told, indent=1, ensure_ascii=False) if options.json else "\n\n".join(map(as_text, told))
    sys.stdout.write(f"{text}\n")
    return 0


def _known(named: Sequence[str]) -> list[str]:
    """What was asked for: ids of clauses have a section and a dot, names of rules have none."""
    for each in named:
        if "." in each and each not in CLIENT_CLAUSES:
            known_clauses([each])
        elif "." not in each and not is_rule(each):
            raise UsageError(f"{each}: is neither a clause nor a rule; {nearest(each)}")
    return list(named)


def rule_explained(name: str) -> dict[str, Any]:
    """All that is known of a rule of `diff`, as JSON types."""
    rule = rule_of(name)
    return {
        "rule": rule.name,
        "severity": rule.severity,
        "says": rule.reason,
        "breaks": rule.whom,
        "step": "major" if rule.severity == "breaking" else rule.step,
    }


def _compare(path: Path) -> int:
    lines = list(differences(toml_file.text_of(path), document()))
    count = len(list(document().sentences()))
    sys.stdout.write("\n".join(lines) + "\n" if lines else f"{count} sentences, each with its row\n")
    return EXIT_DIFFERENT if lines else 0


def explained(clause: Clause) -> dict[str, Any]:
    """All that is known of a clause, as JSON types."""
    entry = document().clauses.get(clause.id)
    return {
        "id": clause.id,
        "level": clause.level,
        "since": entry.since if entry else None,
        "says": clause.says,
        "document": [
            {"section": each.section, "begins": each.words} for each in document().owned_by(clause.id)
        ],
        "implied": entry.implied if entry else "a clause of your own",
        "breach": inspect.getdoc(clause.check) or clause.says,
        "allows": entry.allows if entry else None,
        "probes": list(_provoking(clause.id)),
        "faults": _breaking(clause.id),
        "scenarios": showing(clause.id) if clause.id in CLIENT_CLAUSES else [],
    }


def _provoking(clause_id: str) -> Iterator[dict[str, Any]]:
    """The probes and other contract tests that mean to exercise a clause, what costs nothing first."""
    modules = [
        import_module(f"{generations_contract.probes.__name__}.{each.name}")
        for each in iter_modules(generations_contract.probes.__path__)
    ]
    for probe in PROBES.values():
        if clause_id in _aims(probe):
            yield _test(probe.name, probe.depth, probe.needs, probe.script)
    for module in modules:
        yield from _marked(module, clause_id)


def _aims(probe: Probe) -> set[str]:
    cases = (probe.clauses_of(case) for case in probe.cases or ())
    return set(probe.clauses).union(*cases)


def _marked(module: ModuleType, clause_id: str) -> Iterator[dict[str, Any]]:
    """Tests that are no single script say by a marker what they are about."""
    for name, function in vars(module).items():
        for mark in getattr(function, "pytestmark", ()):
            if mark.name == "generations_contract" and clause_id in mark.args:
                test = f"{module.__name__.rpartition('.')[2]}::{name}"
                depth = mark.kwargs.get("depth", "standard")
                yield _test(test, depth, mark.kwargs.get("needs", ()), function)


def _test(name: str, depth: Depth, needs: Iterable[str], function: object) -> dict[str, Any]:
    return {
        "name": name,
        "depth": depth,
        "says": (inspect.getdoc(function) or "").partition("\n")[0],
        "profile": [in_words_of_the_file(need) for need in needs if not need.startswith(_EMBEDDED)],
        "embedded_only": any(need.startswith(_EMBEDDED) for need in needs),
    }


def _breaking(clause_id: str) -> list[dict[str, str]]:
    """The faults that break little besides, first."""
    found = sorted(
        (each for each in FAULTS.values() if clause_id in each.breaks), key=lambda each: len(each.breaks)
    )
    return [{"name": each.name, "says": each.sentence} for each in found[:SHOWN_FAULTS]]


def as_text(told: dict[str, Any]) -> str:
    """An explanation for people."""
    if "rule" in told:
        return "\n".join([f"{told['rule']} ({told['severity']}): {told['says']}", *_lines_of_rule(told)])
    since = f", since {told['since']}" if told["since"] else ""
    return "\n".join([f"{told['id']} ({told['level']}{since}): {told['says']}", *_lines(told)])


def _lines_of_rule(told: dict[str, Any]) -> Iterator[str]:
    yield from _row("decided", _DECIDED[told["severity"]])
    if told["breaks"]:
        yield from _row("breaks", told["breaks"])
    asked = f"a {told['step']} step" + (", or major where it breaks" if told["severity"] == "proved" else "")
    yield from _row("version", asked)
    chosen = f'[rules] "{told["rule"]}" = "breaking", "policy" or "ignore"'
    yield from _row("overruled", f"{chosen} in the file of diff --severities")


def _lines(told: dict[str, Any]) -> Iterator[str]:
    for each in told["document"]:
        yield from _row("document", f"{each['section'] or 'before the first heading'}: “{each['begins']} …”")
    if told["implied"]:
        yield from _row("implied", told["implied"])
    yield from _row(
        "breach", " ".join(told["breach"].split()) if told["level"] != "OPEN" else "none: it is recorded"
    )
    if told["allows"]:
        yield from _row("allowed", told["allows"])
    for probe in told["probes"]:
        yield from _row("provoked", f"{probe['name']} ({_where(probe)}): {probe['says']}")
    if told["scenarios"]:
        yield from _row("provoked", f"by the scenarios {', '.join(told['scenarios'])}")
        yield from _row("see it", f"generations-contract client --scenario {told['scenarios'][0]} -- CMD")
        return
    if not told["probes"]:
        yield from _row("provoked", "by whatever the other probes send")
    yield from _row("profile", _needed(told["probes"]))
    for fault in told["faults"]:
        yield from _row("broken by", f"{fault['name']}: {fault['says']}")
    if told["faults"]:
        yield from _row("see it", f"generations-contract check --fault {told['faults'][0]['name']}")


def _where(probe: dict[str, Any]) -> str:
    return (
        f"depth {probe['depth']}, embedded gateway only"
        if probe["embedded_only"]
        else f"depth {probe['depth']}"
    )


def _needed(probes: list[dict[str, Any]]) -> str:
    """What the profile must name: nothing where some probe of a live target does without."""
    usable = [each["profile"] for each in probes if not each["embedded_only"]]
    if not usable:
        return "nothing that a profile could name" if probes else "[models] image"
    further = list(dict.fromkeys(" and ".join(each) for each in usable if each))
    if not all(usable):
        return "[models] image" + (f"; more is seen with {', or '.join(further)}" if further else "")
    return ", or ".join(further)


def _row(label: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, 110, initial_indent=f"  {label:<10}", subsequent_indent=" " * 12, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
