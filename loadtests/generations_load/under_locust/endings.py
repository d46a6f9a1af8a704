"""How a process of a load run ends before its time: by signals, and by a fault of its own.

Locust hears SIGTERM and Ctrl-C, and a second one in the middle of its own end would tear the report. A terminal
that closes (SIGHUP) ends a run in the same way.
"""

import logging
import os
import signal
import sys
from types import TracebackType
from typing import Final

import gevent
import psutil
from locust.exception import RPCError

from generations_load.verdict.slo import ExitCode

_ENDS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def hear_hangup() -> None:
    """From now on a hangup ends this process as SIGTERM does; under nohup it goes on being ignored."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        gevent.signal_handler(hangup, os.kill, os.getpid(), signal.SIGTERM)


def crash_apart() -> None:
    """An error that nobody catches ends with a code of its own: Python's 1 means a breach here."""
    before = sys.excepthook

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, RPCError):
            sys.stderr.write(f"load: the workers' port cannot be used, see --master-bind-port: {error}\n")
        else:
            before(kind, error, trace)
        for worker in psutil.Process().children():  # they would try to reach this process for minutes
            worker.kill()
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(ExitCode.USAGE if isinstance(error, RPCError) else ExitCode.CRASHED))

    sys.excepthook = told


def hear_no_more() -> None:
    """The end has begun, and takes some seconds at most: nothing may tear it."""
    for each in _ENDS:
        signal.signal(each, signal.SIG_IGN)
