"""How a process of a load run is ended from outside, by signals.

Locust hears SIGTERM and Ctrl-C, and a second one in the middle of its own end would tear the report. A terminal
that closes (SIGHUP) ends a run in the same way.
"""

import os
import signal
from typing import Final

import gevent

_ENDS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def hear_hangup() -> None:
    """From now on a hangup ends this process as SIGTERM does; under nohup it goes on being ignored."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        gevent.signal_handler(hangup, os.kill, os.getpid(), signal.SIGTERM)


def hear_no_more() -> None:
    """The end has begun, and takes some seconds at most: nothing may tear it."""
    for each in _ENDS:
        signal.signal(each, signal.SIG_IGN)
