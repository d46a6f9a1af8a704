"""`junit.xml`: one test case per clause, for the test panels of CI systems.

A broken clause is a failure with its breaches as text, a clause that was not exercised is skipped with the
reason, a waived one passes and says why in its output. Time is not told: a clause has none of its own.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from generations_contract.forms.text import printable
from generations_contract.report import terminal

_NAME = "generations contract"


def document(content: Mapping[str, Any]) -> str:
    """The run (`json.document`) as JUnit XML."""
    clauses = content["clauses"]
    root = Element("testsuites", {"name": _NAME, **_counts(clauses)})
    for section, members in groupby(clauses, key=lambda clause: clause["section"]):
        ours = list(members)
        suite = SubElement(root, "testsuite", {"name": section, **_counts(ours)})
        for clause in ours:
            _case(suite, clause)
    _whole_run(root, content)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, clause: Mapping[str, Any]) -> None:
    case = SubElement(suite, "testcase", classname=f"contract.{clause['section']}", name=clause["id"])
    state = clause["state"]
    if state == "broken":
        counted = [breach for breach in clause["breaches"] if not breach["waived"]]
        first = f": {printable(counted[0]['actual'], 300)}" if counted else ""
        message = f"{clause['level']} broken ×{clause['broken']} of {clause['exercised']}{first}"
        SubElement(case, "failure", message=message, type=clause["level"]).text = _told(counted)
    elif state == "not exercised":
        reasons = "; ".join(clause["reasons"]) or "no probe of this run was about it"
        SubElement(case, "skipped", message=printable(f"not exercised: {reasons}"))
    elif state == "waived":
        out = printable(f"waived ×{clause['waived']}: {clause['waiver']}")
        SubElement(case, "system-out").text = out
    elif clause["observed"]:
        seen = (f"{subject}: {' / '.join(found)}" for subject, found in clause["observed"].items())
        SubElement(case, "system-out").text = "\n".join(printable(line, 300) for line in seen)


def _whole_run(root: Element, content: Mapping[str, Any]) -> None:
    """What is wrong with the run as a whole, and not with a clause: an error, which cannot be overlooked."""
    told = [
        *content["stale"],
        *([content["note"]] if content["outcome"] in ("unusable", "interrupted") else []),
    ]
    if not told:
        return
    suite = SubElement(root, "testsuite", name="run", tests="1", failures="0", errors="1", skipped="0")
    case = SubElement(suite, "testcase", classname="contract.run", name=content["outcome"])
    SubElement(case, "error", message=printable(told[0], 300)).text = "\n".join(map(printable, told))
    root.set("tests", str(int(root.get("tests", "0")) + 1))
    root.set("errors", "1")


def _told(breaches: Iterable[Mapping[str, Any]]) -> str:
    return "\n\n".join(
        "\n".join(
            [
                *(printable(line) for line in terminal.breach_lines(breach)),
                f"  seen in   {printable(breach['probe'])}",
            ]
        )
        for breach in breaches
    )


def _counts(clauses: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    states = [clause["state"] for clause in clauses]
    return {
        "tests": str(len(states)),
        "failures": str(states.count("broken")),
        "errors": "0",
        "skipped": str(states.count("not exercised")),
    }
