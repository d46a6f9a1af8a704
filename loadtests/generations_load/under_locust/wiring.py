"""What locust runs: the wiring between its events and the load suite.

Only wiring lives here, and only through `locustfile`, which imports this when the schemas are chosen, is locust
imported (with `client`, `selftest`, `population`, `worker`, `locust_stats`, `lead` and `webui`, which nothing
else imports): importing locust patches the process.

Nothing of a run happens before the self-test has shown that every repair of
locust's client took; a run whose figures might be wrong does not start.
"""

import logging
import socket
import sys
from typing import Any

from locust import events as locust_events
from locust.argument_parser import LocustArgumentParser
from locust.runners import WorkerRunner

from generations_contract.api.process_limits import raise_open_files
from generations_contract.api.usage import UsageError
from generations_load.plan.options import add_options
from generations_load.transport import client
from generations_load.under_locust import selftest
from generations_load.under_locust.endings import crash_apart, hear_hangup
from generations_load.under_locust.lead import Lead
from generations_load.under_locust.population import Arrivals, LongPolls
from generations_load.under_locust.worker import Worker
from generations_load.verdict.slo import ExitCode

__all__ = ["Arrivals", "LongPolls"]

# Locust is typed in part only.
events: Any = locust_events
_log = logging.getLogger("load")


def options(parser: LocustArgumentParser) -> None:
    """Our options, beside locust's own."""
    add_options(parser)


def begin(environment: Any, **_: Any) -> None:
    """Repairs, self-test, then the part that this process plays."""
    hear_hangup()
    client.install()
    descriptors = raise_open_files()
    environment.process_exit_code = int(ExitCode.UNFIT)  # until the run has a verdict
    worker = None
    if isinstance(environment.runner, WorkerRunner):
        # It is connected: the master's order to spawn may come during the self-test, and must be heard.
        worker = Worker(environment)
        worker.listen()
    problems = selftest.problems()
    if problems:
        for problem in problems:
            _log.error("self-test failed: %s", problem)
        sys.exit(ExitCode.UNFIT)
    if worker is not None:
        worker.proven()
        return
    try:
        _check_port(environment.web_ui)
        Lead(environment, descriptors).listen()
    except UsageError as error:
        sys.stderr.write(f"load: {error}\n")
        sys.exit(ExitCode.USAGE)
    except Exception:
        # Locust would log it, and go on to end with 1, which means a breach here.
        _log.exception("the load run cannot begin")
        sys.exit(ExitCode.CRASHED)


def _check_port(web_ui: Any) -> None:
    """Locust starts its page later, and would go on without it; raises `UsageError`."""
    if web_ui is None:
        return
    family = socket.AF_INET6 if ":" in web_ui.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((web_ui.host, web_ui.port))
        except OSError as error:
            place = f"--web-host {web_ui.host or 'all'} --web-port {web_ui.port}"
            raise UsageError(f"{place}: locust's page cannot be served there: {error.strerror}") from None


crash_apart()
events.init_command_line_parser.add_listener(options)
events.init.add_listener(begin)
