"""`junit.xml`: one test case per clause, for the test panels of CI systems.

A broken or unmet clause is a failure with its breaches as text, and so is one that was required and not exercised.
Any other that was not exercised is skipped with the reason; a waived one passes and says why in its output. Time is
not told: a clause has none of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from generations_contract.forms import junit
from generations_contract.forms.junit import Case
from generations_contract.forms.text import printable
from generations_contract.judging.verdict import FAILING
from generations_contract.report import terminal

_NAME = "generations contract"


def document(content: Mapping[str, Any]) -> str:
    """The run (`json.document`) as JUnit XML."""
    sections = groupby(content["clauses"], key=lambda clause: clause["section"])
    suites = {section: [_case(clause) for clause in members] for section, members in sections}
    whole = list(_whole_run(content))
    return junit.document(_NAME, suites | ({"run": whole} if whole else {}))


def _case(clause: Mapping[str, Any]) -> Case:
    group, name, state = f"contract.{clause['section']}", clause["id"], clause["state"]
    if state in FAILING:
        counted = [breach for breach in clause["breaches"] if not breach["waived"]]
        first = f": {printable(counted[0]['actual'], 300)}" if counted else ""
        times = clause["broken"] + clause["unmet"]
        message = f"{clause['level']} {state} ×{times} of {clause['exercised']}{first}"
        return Case(group, name, "failure", message, list(_told(counted)), kind=clause["level"])
    if state == "not exercised":
        reasons = "; ".join(clause["reasons"]) or "no probe of this run was about it"
        if clause["required"]:
            return Case(
                group, name, "failure", f"required, and not exercised: {reasons}", kind=clause["level"]
            )
        return Case(group, name, "skipped", f"not exercised: {reasons}")
    if state == "waived":
        times = f" ×{clause['waived']}" if clause["waived"] else ""
        return Case(group, name, lines=[printable(f"waived{times}: {clause['waiver']}")])
    observed = clause["observed"].items()
    return Case(
        group, name, lines=[printable(f"{each}: {' / '.join(found)}", 300) for each, found in observed]
    )


def _whole_run(content: Mapping[str, Any]) -> Iterator[Case]:
    """What is wrong with the run as a whole, and not with a clause: an error, which cannot be overlooked."""
    whole = content["outcome"] in ("passed", "broken")
    why = [*filter(None, [content["note"]]), *content["network"]]
    told = [*content["stale"], *(why if not whole else [])]
    if told:
        lines = [printable(line) for line in told]
        yield Case("contract.run", content["outcome"], "error", printable(told[0], 300), lines)
    elif why:
        yield Case("contract.run", "network", lines=[printable(line) for line in why])


def _told(breaches: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for turn, breach in enumerate(breaches):
        if turn:
            yield ""
        yield from (printable(line) for line in terminal.breach_lines(breach))
        yield f"  seen in   {printable(breach['probe'])}"
