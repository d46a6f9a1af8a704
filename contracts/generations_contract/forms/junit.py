"""JUnit XML, as the test panels of CI systems read it: suites of cases, and what became of each case.

Only the form lives here: counts, attributes, indentation. Texts are made printable here, because a gateway or
a schema may have written them. Time is not told: nothing that is reported here has one of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from generations_contract.forms.text import printable

Outcome: TypeAlias = Literal["passed", "failure", "error", "skipped"]


@dataclass(frozen=True)
class Case:
    """A test case: `message` in one line, `lines` of detail (of a passed one: output), `kind` of a failure."""

    group: str
    name: str
    outcome: Outcome = "passed"
    message: str = ""
    lines: Sequence[str] = ()
    kind: str = ""


def document(name: str, suites: Mapping[str, Iterable[Case]]) -> str:
    """Suites of cases under one name, as a document."""
    cases = {suite: list(members) for suite, members in suites.items()}
    every = [case for members in cases.values() for case in members]
    root = Element("testsuites", {"name": name, **_counts(every)})
    for suite, members in cases.items():
        element = SubElement(root, "testsuite", {"name": suite, **_counts(members)})
        for case in members:
            _write(element, case)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _write(suite: Element, case: Case) -> None:
    element = SubElement(suite, "testcase", classname=printable(case.group), name=printable(case.name, None))
    text = "\n".join(printable(line, None) for line in case.lines)
    if case.outcome == "passed":
        if text:
            SubElement(element, "system-out").text = text
        return
    found = SubElement(element, case.outcome, message=printable(case.message))
    if case.kind:
        found.set("type", case.kind)
    if text:
        found.text = text


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
    }
