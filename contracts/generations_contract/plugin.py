"""The pytest plugin: options, the campaign fixture, the order of probes, and the verdict at the end.

Importing it is cheap, because an installed plugin is loaded in every repository: everything else is imported
when the first probe is collected. The suite's probes are ordinary tests; what makes them a campaign is here.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from generations_contract.options import OLD_NAMES, OPTIONS, flag

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from generations_contract.own_client.mount import MountedGateway
    from generations_contract.run.session import Session

_SESSION = pytest.StashKey["Session"]()
_MOUNTED = pytest.StashKey["MountedGateway"]()
_SEED_WAS_DRAWN = pytest.StashKey[bool]()
_WORKER_INPUT = "generations_contract_seed"
_WORKER_OUTPUT = "generations_contract"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a contract run."""
    group = parser.getgroup("contract", "generations contract")
    for name, settings in OPTIONS.items():
        group.addoption(flag(name), **settings)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, object, object]:
    """An option name of old gets one line that says the new one, unless a conftest has it for its own."""
    done = yield
    unknown = {each.partition("=")[0] for each in parser.parse_known_and_unknown_args(args)[1]}
    for name in OLD_NAMES:
        if f"--{name}" in unknown:
            raise pytest.UsageError(f"--{name} is now {flag(name)} (or: generations-contract check --{name})")
    return done


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and find out at once whether a named target can be used."""
    _choose_schemas(config)
    config.addinivalue_line(
        "markers",
        "generations_contract(*clauses, depth='standard', needs=()): a contract test that is no single script; "
        "the clauses that it means to exercise",
    )
    if isinstance(config.getoption(flag("seed")), str):
        _take_seed(config)
    report = config.getoption(flag("report"))
    if report is not None and not hasattr(config, "workerinput"):
        from generations_contract.recordings.traffic import prepare

        try:
            prepare(report)
        except OSError as error:
            why = error.strerror or error
            raise pytest.UsageError(f"--contract-report {report}: cannot be written: {why}") from None
    config.addinivalue_line(
        "markers",
        "generations_gateway(faults=(), durations_s=None, url=...): how the gateway of the fixture "
        "`generations_gateway` behaves: names of faults, how long jobs take (for all models, or by model id)",
    )
    if config.getoption(flag("target")) and not config.getoption("collectonly"):
        _session(config).preflight()

    ours = ("clause", "fault", "baseline", "document", "require-exercised")
    told = any(config.getoption(flag(name)) for name in ours)
    if told and config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        # A worker's wrong usage would be an internal error of pytest-xdist.
        with _told_in_one_line():
            _session(config).expect_workers()
    if (config.getoption(flag("target")) or report) and not hasattr(config, "workerinput"):
        _take_termination_for_interruption(config)


def _choose_schemas(config: pytest.Config) -> None:
    """Before anything reads them; a parallel worker follows the variable that the choice was left in."""
    from generations_contract.api.schema_files import VARIABLE

    chief = not hasattr(config, "workerinput")
    option, profile = (config.getoption(flag(name)) if chief else None for name in ("schemas", "target"))
    if option is not None or profile or os.environ.get(VARIABLE):
        from generations_contract.api.usage import UsageError
        from generations_contract.run.own_schemas import choose

        try:
            choose(option, profile)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None


def _take_seed(config: pytest.Config) -> None:
    """Read the seed that was given, or draw one; a parallel worker has that of the process that started it."""
    from generations_contract.run.seeds import RANDOM, parse

    given = config.getoption(flag("seed"))
    with _told_in_one_line():
        seed = getattr(config, "workerinput", {}).get(_WORKER_INPUT, parse(given))
    config.option.contract_seed = seed
    config.stash[_SEED_WAS_DRAWN] = given == RANDOM


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A parallel worker reads the same command line, and must not draw a seed of its own (pytest-xdist)."""
    node.workerinput[_WORKER_INPUT] = node.config.getoption(flag("seed"))


def _take_termination_for_interruption(config: pytest.Config) -> None:
    """CI ends a job that takes too long by SIGTERM: the reports must be written then as after Ctrl-C."""
    alone = threading.current_thread() is threading.main_thread()
    if not alone or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    signal.signal(signal.SIGTERM, interrupt)

    def restore() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    config.add_cleanup(restore)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """A seed that was drawn, and schemas that are not the suite's own: whoever waits for the end may see none."""
    from generations_contract.api import schema_files

    told = []
    if config.stash.get(_SEED_WAS_DRAWN, False):
        told.append(f"generations contract: {flag('seed')} {config.getoption(flag('seed'))}")
    if schema_files.is_read() and schema_files.version().label != schema_files.OWN:
        told.append(f"generations contract: schemas {schema_files.version()}")
    return told


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case of a probe."""
    probe = getattr(metafunc.function, "probe", None)
    if probe is not None and probe.cases is not None:
        metafunc.parametrize("case_id", list(probe.cases))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the depth leaves out; what costs nothing comes first."""
    if any(_is_ours(item) for item in items):
        with _told_in_one_line():
            kept, left_out = _session(config).arrange(items)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session")
def generations_campaign(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The campaign of this run: plays probes (`play`) and scripts (`perform`), judges, fails on a breach."""
    session = _session(request.config)
    session.open(request.session.items)
    yield session
    session.close()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A contract test for which hypothesis draws fails in the words of the contract."""
    ours = pyfuncitem.config.stash.get(_SESSION, None)
    if ours is None:
        return (yield)
    with ours.drawing(pyfuncitem):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last test, unless the run was stopped before: what is better done when all else is."""
    ours = item.config.stash.get(_SESSION, None)
    if ours is not None:
        if nextitem is None:
            ours.conclude()
        ours.keep(last=nextitem is None)


@pytest.fixture
def generations_gateway(request: pytest.FixtureRequest) -> Iterator[MountedGateway]:
    """The reference gateway under respx with a virtual clock, for tests of a client (see `mount`)."""
    from generations_contract.api.usage import UsageError
    from generations_contract.own_client.mount import mounted_for

    try:
        mounting = mounted_for(request.node.get_closest_marker("generations_gateway"))
    except UsageError as error:
        pytest.fail(str(error), pytrace=False)
    with mounting as gateway:
        request.node.stash[_MOUNTED] = gateway
        yield gateway


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside the failure of a test that used the fixture: what its client did, and what is found of it."""
    report = yield
    gateway = item.stash.get(_MOUNTED, None)
    if gateway is not None and report.when == "call" and report.failed:
        report.sections.append(("generations gateway", "\n".join(gateway.sentences())))
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Hand the ledger on (a worker), or write the reports (everybody else), however the run ended."""
    ours = session.config.stash.get(_SESSION, None)
    if ours is None:
        return
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        ours.keep(last=True)
        output[_WORKER_OUTPUT] = ours.ledger.to_dict()
        return
    nodes = getattr(session.config.pluginmanager.getplugin("dsession"), "nodemanager", None)
    if nodes is not None:
        ours.gather(nodes.testrunuid)
    from generations_contract.run.conclusion import nothing_accepted
    from generations_contract.run.session import INCONCLUSIVE

    # Green would say that a target was judged.
    useless = exitstatus == pytest.ExitCode.OK and nothing_accepted(ours.ledger)
    ours.finish(int(pytest.ExitCode.USAGE_ERROR if useless else exitstatus))
    if ours.unwritten or useless:
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    elif exitstatus == pytest.ExitCode.OK and ours.inconclusive and not ours.ledger.wrong:
        session.exitstatus = INCONCLUSIVE
    elif ours.ledger.wrong and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take a parallel worker's ledger into the one table (pytest-xdist)."""
    output = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
    if output is not None or error is not None:
        _session(node.config).receive(node.gateway.id, output)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The clause table."""
    ours = config.stash.get(_SESSION, None)
    if ours is not None:
        ours.show(terminalreporter)


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """What is wrong with what a run was told is pytest's kind of wrong usage."""
    from generations_contract.api.usage import UsageError

    try:
        yield
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def _is_ours(item: pytest.Item) -> bool:
    function = getattr(item, "function", None)
    return hasattr(function, "probe") or item.get_closest_marker("generations_contract") is not None


def _session(config: pytest.Config) -> Session:
    if _SESSION not in config.stash:
        from generations_contract.run.session import Session

        with _told_in_one_line():
            config.stash[_SESSION] = Session(config)
    return config.stash[_SESSION]
