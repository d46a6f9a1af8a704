"""The memory file: one line for what is wrong with it, nothing lost by two runs at once, and never without bound."""

import json
import multiprocessing
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.usage import UsageError
from generations_contract.memory.file import MemoryFile, named
from generations_contract.memory.form import MOST_GENERATIONS, Memory
from tests.memory.memory_helpers import remembered
from tests.support.exchanges import STEADY

URL = "https://gateway.test"


def _file(directory: Path) -> MemoryFile:
    return MemoryFile(directory / "cache" / "memory.json", URL)


def _add(directory: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        _file(directory).change(lambda memory, n=number: memory.with_generations([remembered(n)], set()))


def test_file_that_is_not_there_is_an_empty_memory(tmp_path: Path) -> None:
    """The first run finds nothing, and makes the directory: CI caches begin without one."""
    assert _file(tmp_path).read() == Memory(target="gateway.test")
    _add(tmp_path, 1, 2)
    assert [each.id for each in _file(tmp_path).read().generations] == ["gen_2", "gen_1"]
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["memory.json", "memory.json.lock"]


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    """Processes that write at the same time leave everything of both."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add, args=(tmp_path, first, 15)) for first in (100, 200)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert len(_file(tmp_path).read().generations) == 30


def test_memory_is_bounded() -> None:
    """The newest generations stay."""
    many = [remembered(number) for number in range(MOST_GENERATIONS + 50)]
    kept = Memory(target="x").with_generations(many, set()).generations
    assert len(kept) == MOST_GENERATIONS
    assert kept[0].id == f"gen_{MOST_GENERATIONS + 49}"


def test_what_a_run_saw_last_of_an_id_is_remembered() -> None:
    """One that had not ended, or whose id was given anew, is replaced; what is gone goes."""
    memory = Memory(target="x").with_generations([remembered(1), remembered(2, status="running")], set())
    later = memory.with_generations([remembered(2, status="failed")], set())
    assert {each.id: each.status for each in later.generations} == {"gen_1": "completed", "gen_2": "failed"}
    assert [each.id for each in later.with_generations([], {"gen_2"}).generations] == ["gen_1"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"format": 1}', b'{"format": 1, "target": 5}', b"[" * 100_000,
        # Two writers without a lock, as public caches show it.
        b'{"format": 1, "tar{"format": 1, "target": "gateway.test"}',
        b'{"format": 1, "target": "gateway.test", "surplus": 1}',
        b'{"format": 1, "target": "gateway.test", "generations": [{"id": ""}]}',
        b'{"format": "1", "target": "gateway.test"}',
    ],
)  # fmt: skip
def test_damaged_file_is_set_aside_in_one_line(tmp_path: Path, content: bytes) -> None:
    """A cache heals by itself: the run goes on with an empty memory, and says where the old file is."""
    file = _file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    assert file.read().generations == []
    assert file.told == [
        f"--memory {file.path}: is damaged; it was set aside as memory.json.damaged, and a new one is begun"
    ]
    assert file.path.with_name("memory.json.damaged").read_bytes() == content
    _add(tmp_path, 1, 1)
    assert len(_file(tmp_path).read().generations) == 1


@STEADY
@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["format", "target", "generations", "observed", "x"]), inner)).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_stands_in_it_nothing_is_thrown_but_usage(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Any bytes are an empty memory, or one line."""
    path = tmp_path_factory.getbasetemp() / "any-memory.json"
    path.write_bytes(content)
    with suppress(UsageError):
        assert MemoryFile(path, URL).read().generations == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"format": 1, "target": "other.test:8080/api"}, "is about other.test:8080/api, and this run is about gateway.test; give each a file"),
        ({"format": 2}, "is of a newer version of the suite; give this one another file"),
    ],
)  # fmt: skip
def test_file_of_somebody_else_is_left_alone(tmp_path: Path, content: dict[str, object], told: str) -> None:
    """Of another target, or of a newer suite: one line, and not a byte is changed."""
    file = _file(tmp_path)
    file.path.parent.mkdir()
    file.path.write_text(json.dumps(content))
    with pytest.raises(UsageError) as error:
        file.change(lambda memory: memory)
    assert str(error.value) == f"--memory {file.path}: {told}"
    assert json.loads(file.path.read_text()) == content


def test_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A directory in its place, or a file where its directory should be."""
    (tmp_path / "memory.json").mkdir()
    (tmp_path / "plain").write_text("")
    for path in (tmp_path / "memory.json", tmp_path / "plain" / "memory.json"):
        with pytest.raises(UsageError, match="cannot be used: "):
            MemoryFile(path, URL).read()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://Gateway.Test", "gateway.test"),
        ("http://127.0.0.1:8080/api/", "127.0.0.1:8080/api"),
        ("https://user:secret@gateway.test/", "gateway.test"),
    ],
)
def test_target_is_named_without_secrets(url: str, name: str) -> None:
    """Host, port and path; what a URL may carry besides stays out."""
    assert named(url) == name
