"""The verdict on one pair: whether every document valid under `first` is valid under `second`.

Here the provers and the searchers meet, and only here. Three rules hold whatever they say: "not contained"
needs a document that both validators accept under the first schema and refuse under the second; "contained"
needs a proof (by this package's solver or by jsonschema-rs) and a search that came back with nothing; and
where the two provers contradict each other, nobody is believed.
"""

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Final, Literal

from generations_contract.api.subschemas import walk
from generations_contract.containment.dialect import DRAFT_4, Dialect, UnsupportedSchemaError, dialect_for
from generations_contract.containment.formats import format_check
from generations_contract.containment.minimise import likened
from generations_contract.containment.mutation import (
    LARGEST,
    Pool,
    locations,
    mutants,
    pool_of,
    random_documents,
)
from generations_contract.containment.regex import strings
from generations_contract.containment.solve import arrays, objects
from generations_contract.containment.solve.builders import BUILDERS
from generations_contract.containment.solve.holds import Holder
from generations_contract.containment.solve.solver import EMPTY, FOUND, OPEN, ExhaustedError, Result, Solver
from generations_contract.containment.terms.read import Reader, UnreadableSchemaError
from generations_contract.containment.terms.terms import Term, Terms
from generations_contract.containment.validators import Covering, covering, validator_pair
from generations_contract.containment.values import Json, compact, is_longer

Outcome = Literal["contained", "not-contained", "undecided", "unsupported"]
CONTAINED: Final = "contained"
NOT_CONTAINED: Final = "not-contained"
UNDECIDED: Final = "undecided"
UNSUPPORTED: Final = "unsupported"
MISSING: Final = object()
STEPS_A_MS: Final = 20
DOCUMENTS_A_MS: Final = 10
PROVING: Final = 0.6  # of the budget; the rest is for documents
ATTACKED: Final = 20_000  # characters of both schemas, up to where all attacks are made
READABLE_MAX: Final = 100_000  # characters of a witness
LARGE: Final = 200_000  # characters of both schemas, from where on one prover is enough
RANDOM_SEED: Final = 20_260_418
# Bounds beyond which a document that crosses them is not built.
SIZES: Final = {
    **dict.fromkeys(("minLength", "maxLength"), strings.LONGEST),
    **dict.fromkeys(("minItems", "maxItems"), arrays.LONGEST),
    **dict.fromkeys(("minProperties", "maxProperties"), objects.LONGEST),
}


@dataclass(frozen=True)
class Limits:
    """How much is tried for a pair once it is read: milliseconds of the processor, and counts that come first.

    The counts follow from the budget and decide as a rule, so that a verdict does not flip with the machine's load:
    `steps` of the solver, `documents` tried where there is no proof, `attack` documents against a proof, `mutants` of
    one document. Where the processor's time is used up before, the verdict says so.
    """

    budget_ms: float = 250.0
    attack: int = 400
    mutants: int = 4_000

    @property
    def steps(self) -> int:
        """Steps of the solver."""
        return int(self.budget_ms * STEPS_A_MS)

    @property
    def documents(self) -> int:
        """Documents that are tried where nothing is proved."""
        return int(self.budget_ms * DOCUMENTS_A_MS)


@dataclass(frozen=True)
class Verdict:
    """The answer. `witness` is set exactly when not contained; `reason` says how it was reached."""

    outcome: Outcome
    reason: str
    witness: Json = None
    proofs: tuple[str, ...] = ()


@dataclass
class Question:
    """One pair, ready to be asked about. Raises `UnsupportedSchemaError` when a schema cannot be judged."""

    first_schema: Json
    second_schema: Json
    dialect: Dialect
    formats: bool
    examples: tuple[Json, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.first = validator_pair(self.first_schema, self.dialect, formats=self.formats)
        self.second = validator_pair(self.second_schema, self.dialect, formats=self.formats)
        self.disagreement: Json = None
        self.size = sum(len(compact(one.schema)) for one in (self.first, self.second))
        self.deadline = float("inf")
        self.why: dict[str, None] = {}  # there is no proof
        self.solver: Solver | None = None
        self.readings: tuple[Term, Term] | None = None

    def is_witness(self, document: Json) -> bool:
        """Whether both validators accept it under the first schema and refuse it under the second."""
        if not self.first.accepts(document) or self.second.accepts(document):
            return False
        agreed = self.first.confirms(document, accepted=True) and self.second.confirms(
            document, accepted=False
        )
        if not agreed:
            self.disagreement = document
        return agreed

    def made_readable(self, witness: Json) -> Json:
        """The witness, smaller and in the examples' words; one validator leads, both confirm the end."""
        if is_longer(witness, READABLE_MAX):  # it is large because it must be
            return witness
        fast = likened(
            witness,
            self.examples,
            lambda document: self.first.accepts(document) and not self.second.accepts(document),
        )
        return fast if self.is_witness(fast) else likened(witness, self.examples, self.is_witness)

    def searched(self, documents: Iterable[Json], most: int | None = None) -> Verdict | None:
        """The verdict that one of these documents proves, minimised; of so many at `most`, within the budget."""
        for number, document in enumerate(islice(documents, most)):
            if self.is_witness(document):
                return Verdict(NOT_CONTAINED, "witness", self.made_readable(document))
            if most is not None and not number % 8 and time.process_time() > self.deadline:
                self.why[self.used_up()] = None
                return None
        return None

    def used_up(self) -> str:
        """That time, and no count, ended the search."""
        return f"{self.limits.budget_ms:g} ms of the processor are used up (--budget-ms)"

    def read(self) -> None:
        """Read both schemas into terms, unless one says what has no term."""
        terms = Terms()
        try:
            self.readings = (
                Reader(terms, self.first.schema, self.dialect, formats=self.formats).read(),
                Reader(terms, self.second.schema, self.dialect, formats=self.formats).read(),
            )
        except (UnreadableSchemaError, UnsupportedSchemaError) as unread:
            self.why[f"not read by the solver: {unread}"] = None
            return
        except RecursionError:
            self.why["not read by the solver: nested too deeply"] = None
            return
        finally:
            self.deadline = time.process_time() + self.limits.budget_ms / 1000
        holder = Holder(terms, format_check(self.dialect))
        deadline = self.deadline - (1 - PROVING) * self.limits.budget_ms / 1000
        texts = [value for example in self.examples for _, value in locations(example)]
        hints = tuple(dict.fromkeys(text for text in texts if isinstance(text, str)))
        self.solver = Solver(terms, holder, BUILDERS, hints, self.limits.steps, deadline)

    def pool(self) -> Pool:
        """The values that either schema mentions."""
        if not hasattr(self, "_pool"):
            self._pool = pool_of(self.first.schema, self.second.schema)
            if self.dialect is DRAFT_4:  # there 1.0 is no integer, which no term says
                whole = [one for one in self._pool.values if type(one) is int]
                self._pool.values += [float(one) for one in whole if abs(one) < LARGEST]
        return self._pool

    def solved(self) -> Result:
        """What the solver says of "valid under the first and not under the second"."""
        if self.solver is None or self.readings is None:
            return Result(OPEN)
        first, second = self.readings
        try:
            result = self.solver.solve([first, self.solver.terms.negate(second)])
        except ExhaustedError:
            spent = f"no proof in {self.limits.steps} steps" if self.solver.steps_left < 0 else self.used_up()
            self.why = dict.fromkeys([spent, *self.solver.left_open])
            return Result(OPEN)
        except RecursionError:
            self.why["nested too deeply for the solver"] = None
            return Result(OPEN)
        if result.state == OPEN:
            self.why |= self.solver.left_open
        return result

    def valid_documents(self) -> Iterator[Json]:
        """Documents to start from: the given examples, the schema's own, and one that the solver builds."""
        yield from self.examples
        for judge in (self.first, self.second):
            if isinstance(judge.schema, dict) and isinstance(judge.schema.get("examples"), list):
                yield from judge.schema["examples"]
        if self.solver is not None and self.readings is not None:
            try:
                result = self.solver.solve([self.readings[0]])
            except (ExhaustedError, RecursionError):
                return
            if result.state == FOUND:
                yield result.value

    def attacks(self) -> Iterator[Json]:
        """Mutants of valid documents by turns, then whatever else the schemas' constants make."""
        documents = list(self.valid_documents())
        yield from documents
        turns = [islice(mutants(document, self.pool()), self.limits.mutants) for document in documents]
        yield from (
            document
            for turn in zip_longest(*turns, fillvalue=MISSING)
            for document in turn
            if document is not MISSING
        )
        yield from random_documents(self.pool(), random.Random(RANDOM_SEED))  # noqa: S311


def decide(
    first: Json,
    second: Json,
    *,
    draft: object = None,
    formats: bool = False,
    examples: tuple[Json, ...] = (),
    likely: tuple[Json, ...] = (),
    limits: Limits | None = None,
) -> Verdict:
    """Whether every document valid under `first` is valid under `second`.

    `draft` is 7 or 2020-12 (default: what `$schema` says, else 2020-12); `formats` says whether `format` is
    asserted; `examples` are documents to mutate first, `likely` ones are tried before anything is proved.
    """
    try:
        dialect = dialect_for(draft, first, second)
        question = Question(first, second, dialect, formats, examples, limits or Limits())
    except UnsupportedSchemaError as unsupported:
        return Verdict(UNSUPPORTED, str(unsupported))
    except RecursionError:
        return Verdict(UNSUPPORTED, "the schema is nested too deeply")
    return question.searched(likely) or _decided(question)


def _decided(question: Question) -> Verdict:
    if (tried := _each_listed(question)) is not None:
        return tried
    question.read()
    solved = question.solved()
    if solved.state == FOUND and (found := question.searched([solved.value])):
        return found
    is_enough = solved.state == EMPTY and question.size > LARGE
    opinion = Covering("unknown") if is_enough else covering(question.first, question.second)
    proofs = [
        name
        for name, holds in (("solver", solved.state == EMPTY), ("jsonschema-rs", opinion.opinion == "yes"))
        if holds
    ]
    contradicted = solved.state == EMPTY and opinion.opinion == "no"
    if proofs and not contradicted:
        # The larger the schemas, the slower is each document.
        most = max(question.limits.attack * ATTACKED // max(question.size, ATTACKED), 8)
        found = question.searched(question.attacks(), most)
        return found or Verdict(CONTAINED, " and ".join(proofs), proofs=tuple(proofs))
    return _searched_longer(question, opinion, contradicted=contradicted)


def _each_listed(question: Question) -> Verdict | None:
    """The verdict on a first schema that lists its documents: each is simply tried, whatever else is said."""
    schema = question.first.schema
    if not isinstance(schema, dict) or ("$ref" in schema and not question.dialect.is_modern):
        return None
    knows_const = "const" in schema and "const" not in question.dialect.unknown
    listed = [schema["const"]] if knows_const else schema.get("enum")
    if listed is None:
        return None
    if found := question.searched(listed):
        return found
    accepted = [
        one for one in listed if question.first.accepts(one) or question.first.confirms(one, accepted=True)
    ]
    if all(question.second.accepts(one) and question.second.confirms(one, accepted=True) for one in accepted):
        return Verdict(CONTAINED, "each listed value tried", proofs=("enumeration",))
    return None


def _searched_longer(question: Question, opinion: Covering, *, contradicted: bool) -> Verdict:
    """No proof yet: look where jsonschema-rs sees a difference, then anywhere, as far as the limits go."""
    large = _too_large(question)
    most = question.limits.documents // (10 if large else 1)
    found = question.searched(_from_difference(question, opinion)) or question.searched(
        question.attacks(), most
    )
    if found:
        return found
    if contradicted:
        return Verdict(UNDECIDED, "the provers contradict each other")
    if question.first.leads_back or question.second.leads_back:
        return Verdict(
            UNDECIDED, "a reference leads back to itself in one place: the specification leaves that open"
        )
    if question.disagreement is not None:
        return Verdict(UNDECIDED, f"the validators disagree on {compact(question.disagreement)[:200]}")
    why = "; ".join(list(question.why)[:3]) or "the provers have no answer"
    if large:
        return Verdict(UNDECIDED, f"no proof ({why}), and no witness short of {large}")
    return Verdict(UNDECIDED, f"no proof ({why}), and no witness among {most} documents")


def _too_large(question: Question) -> str:
    """The first bound beyond which no document is built, as `maxLength 2147483647`."""
    for judge in (question.first, question.second):
        for inner in walk(judge.schema):
            for keyword, most in SIZES.items():
                bound = inner.get(keyword)
                if isinstance(bound, int | float) and bound >= most:
                    return f"{keyword} {bound}"
    return ""


def _from_difference(question: Question, opinion: Covering) -> Iterator[Json]:
    if opinion.difference is None or question.solver is None:
        return
    solver = question.solver
    solver.steps_left = question.limits.steps
    solver.deadline = question.deadline
    try:
        term = Reader(solver.terms, opinion.difference, question.dialect, formats=question.formats).read()
        result = solver.solve([term])
    except (UnreadableSchemaError, UnsupportedSchemaError, ExhaustedError, RecursionError):
        return
    if result.state == FOUND:
        yield result.value
