"""Judges the pairs of public corpora: `python -m tests.corpora [FOLDER]`.

Each corpus is somebody's repository of schema pairs with labels; none is kept here. FOLDER holds clones (a work tree
or a git directory, named `owner+name` or `name`); without it, they are cloned where the network allows. Nothing of
theirs is run: tests that are programs are read as syntax. Printed for each: pairs, how many are decided, how many
contradict their label, time. A label that the specification contradicts stands in `data/corpora_labels.json` with the
specification's word, and is scored by that; where it leaves the answer open (`null`), no decision is asked for. `--only NAME`, `--budget-ms N`, `--show` prints what is not decided.
"""

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any

import yaml

from generations_contract.containment.decide import Limits
from generations_contract.regression.versions.pairs import judged

Json = Any
Files = dict[str, bytes]
LABELS = Path(__file__).parent / "data" / "corpora_labels.json"
DRAFTS = {
    "draft4": "04",
    "draft6": "06",
    "draft7": "07",
    "draft2019-09": "2019-09",
    "draft2020-12": "2020-12",
}
SETTLED = {"contained": True, "not-contained": False}


@dataclass(frozen=True)
class Pair:
    """Two schemas, and whether somebody says that every document of the first is one of the second."""

    id: str
    draft: str
    first: Json
    second: Json
    label: bool


def registry(files: Files) -> Iterator[Pair]:
    """A schema registry's tests: an old schema, a new one, and whether the new one reads what the old one wrote."""
    for name, data in files.items():
        draft = "2020-12" if "2020-12" in name else "07"
        for number, one in enumerate(_relaxed(data)):
            label = bool(one["compatible"])
            yield Pair(
                f"{PurePosixPath(name).stem}/{number}",
                draft,
                one["original_schema"],
                one["update_schema"],
                label,
            )


def _relaxed(data: bytes) -> Any:
    """JSON, or JSON with a comma too many: as flow YAML has it."""
    try:
        return json.loads(data)
    except ValueError:
        return yaml.safe_load(data)


def containment(files: Files) -> Iterator[Pair]:
    """The containment suite: two schemas, and one direction or both."""
    for name, data in files.items():
        draft = DRAFTS.get(PurePosixPath(name).parts[1])
        for one in json.loads(data) if draft else ():
            both = one["schema1"], one["schema2"]
            for key, pair in (("s1SubsetEqOfs2", both), ("s2SubsetEqOfs1", both[::-1])):
                if key in one["tests"]:
                    where = f"{'/'.join(PurePosixPath(name).with_suffix('').parts[1:])}/{one['id']}/{key[:2]}"
                    yield Pair(where, draft or "", *pair, bool(one["tests"][key]))


def fixtures(files: Files) -> Iterator[Pair]:
    """Folders of an old and a new schema, and who of a writer and a reader may move to the new one."""
    for folder in sorted({str(PurePosixPath(name).parent) for name in files}):
        held = {key: files.get(f"{folder}/{key}.json") for key in ("old", "new", "expect")}
        if None not in held.values():
            old, new, expected = (json.loads(data or b"") for data in held.values())
            name = PurePosixPath(folder).name
            yield Pair(f"{name}/serializer", "2020-12", new, old, expected["serializer"])
            yield Pair(f"{name}/deserializer", "2020-12", old, new, expected["deserializer"])


def suite(files: Files) -> Iterator[Pair]:
    """The official suite as pairs: a schema that lists one document, within the tested one; and that, without it."""
    for name, data in files.items():
        path = PurePosixPath(name)
        draft = DRAFTS.get(path.parts[1])
        for number, case in enumerate(json.loads(data) if draft and "optional" not in path.parts else ()):
            for place, test in enumerate(case["tests"]):
                where = f"{path.parts[1]}/{path.stem}/{number}/{place}"
                listed = {"enum": [test["data"]]}
                yield Pair(f"{where}/in", draft or "", listed, case["schema"], test["valid"])
                yield Pair(f"{where}/out", draft or "", case["schema"], {"not": listed}, not test["valid"])


def asserted(files: Files) -> Iterator[Pair]:
    """Tests written in Python, `assertTrue(isSubschema(s1, s2))`: their assignments and assertions are read."""
    for name, data in files.items():
        for place in ast.walk(ast.parse(data)):
            if isinstance(place, ast.FunctionDef):
                yield from _of_function(PurePosixPath(name).stem, place)


def _of_function(module: str, function: ast.FunctionDef) -> Iterator[Pair]:
    known: dict[str, Json] = {}
    nodes = [node for statement in function.body for node in _in_order(statement)]
    for number, node in enumerate(nodes):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                known[node.targets[0].id] = _value(node.value, known)
            except (ValueError, LookupError):
                known.pop(node.targets[0].id, None)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            label = {"assertTrue": True, "assertFalse": False}.get(node.func.attr)
            call = node.args[0]
            if label is None or not (
                isinstance(call, ast.Call) and getattr(call.func, "id", "") == "isSubschema"
            ):
                continue
            try:
                first, second = (_value(one, known) for one in call.args)
            except (ValueError, LookupError):
                continue
            yield Pair(f"{module}/{function.name}/{number}", "04", first, second, label)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for inner in ast.iter_child_nodes(node):
        yield from _in_order(inner)


def _value(node: ast.expr, known: dict[str, Json]) -> Json:
    """A literal, or a name for one. Raises `ValueError` and `LookupError`."""
    return known[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)


@dataclass(frozen=True)
class Corpus:
    """A repository, the files in it that count, and how they are read."""

    repository: str
    under: str
    suffix: str
    read: Callable[[Files], Iterator[Pair]]


CORPORA = {
    "confluent": Corpus(
        "confluentinc/schema-registry", "json-schema-provider/src/test/resources/diff-", ".json", registry
    ),
    "containment": Corpus("sdbs-uni-p/json-schema-containment-testsuite", "tests/", ".json", containment),
    "jsoncompat": Corpus("ostrowr/jsoncompat", "tests/fixtures/backcompat/", ".json", fixtures),
    "ibm": Corpus("IBM/jsonsubschema", "test/test_", ".py", asserted),
    "suite": Corpus("json-schema-org/JSON-Schema-Test-Suite", "tests/draft", ".json", suite),
}


def files_of(corpus: Corpus, folder: Path) -> Files:
    """The corpus' files, out of a clone in the folder. Raises `SystemExit` where there is none."""
    owner, _, name = corpus.repository.partition("/")
    places = [folder / name, folder / f"{owner}+{name}", folder / f"{owner}+{name}" / "repo"]
    for place in places:
        listed = _git(place, "ls-tree", "-r", "--name-only", "HEAD") if place.is_dir() else b""
        if listed:
            paths = [one for one in listed.decode().splitlines() if one.startswith(corpus.under)]
            paths = [one for one in paths if one.endswith(corpus.suffix)]
            return {path: _git(place, "show", f"HEAD:{path}") for path in paths}
    raise SystemExit(f"tests.corpora: no clone of {corpus.repository} in {folder}")


def _git(place: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(place), *arguments], capture_output=True, check=False).stdout


def cloned(names: Sequence[str], folder: Path) -> None:
    """Clone what is wanted. Raises `CalledProcessError`."""
    for name in names:
        address = f"https://github.com/{CORPORA[name].repository}"
        subprocess.run(["git", "clone", "--depth", "1", "--quiet", address], cwd=folder, check=True)


def scored(name: str, pairs: list[Pair], options: argparse.Namespace) -> str:
    """Judge the pairs of a corpus; a line of figures, and lines for what is wrong."""
    corrected = {
        one["id"]: one["right"] for one in json.loads(LABELS.read_text("utf-8")) if one["corpus"] == name
    }
    lines = [
        json.dumps({"id": one.id, "draft": one.draft, "s1": one.first, "s2": one.second}) for one in pairs
    ]
    outcomes: Counter[str] = Counter()
    times, below = [], []
    for pair, record in zip(
        pairs, judged(lines, formats=False, time_s=30, budget_ms=options.budget_ms), strict=True
    ):
        outcome = record["verdict"]
        outcomes[outcome] += 1
        times.append(record["time_ms"])
        right = corrected.get(pair.id, pair.label)
        outcomes["open"] += right is None and outcome not in SETTLED
        if outcome in SETTLED and SETTLED[outcome] is not right:
            outcomes["wrong"] += 1
            below.append(
                f"    WRONG {pair.id}: {outcome}, labelled {right}: {lines[pairs.index(pair)][:400]}"
            )
        elif outcome not in SETTLED and options.show:
            below.append(
                f"    {outcome} {pair.id}: {record['reason'][:160]}: {lines[pairs.index(pair)][:300]}"
            )
        outcomes["relabelled"] += pair.id in corrected
        outcomes["slow"] += outcome in SETTLED and record["time_ms"] > options.budget_ms
    decided = outcomes["contained"] + outcomes["not-contained"]
    asked = len(pairs) - outcomes["open"]
    line = (
        f"{name}: {len(pairs)} pairs, {100 * decided / asked:.1f} % of {asked} decided, {outcomes['wrong']} wrong "
        f"({outcomes['relabelled']} labels corrected), {outcomes['undecided']} undecided, "
        f"{outcomes['unsupported']} unsupported; median {median(times):.1f} ms, most {max(times):.0f} ms, "
        f"{outcomes['slow']} over the budget"
    )
    return "\n".join([line, *below])


def main(arguments: Sequence[str] | None = None) -> int:
    """Score each corpus; always 0: the figures are the result."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where the clones are (default: clone)")
    parser.add_argument("--only", choices=tuple(CORPORA), help="one corpus")
    parser.add_argument("--budget-ms", type=float, default=Limits.budget_ms, metavar="N")
    parser.add_argument("--show", action="store_true", help="print what is not decided")
    options = parser.parse_args(arguments)
    names = [options.only] if options.only else list(CORPORA)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.folder is None:
            cloned(names, folder)
        for name in names:
            pairs = list(CORPORA[name].read(files_of(CORPORA[name], folder)))
            sys.stdout.write(scored(name, pairs, options) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
