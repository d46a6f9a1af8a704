"""Carries scripts out on greenlets: a long poll is a parked greenlet, thousands of which fit one process.

Only scheduling lives here: what a step means on the wire is `wire`'s business, what came of it
`observer`'s. This module knows gevent but not locust.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.pool import Group

from generations_contract.exchange.exchange import Exchange
from generations_contract.scripts.script import Create, Download, Fetch, Pause, Raw, Script, Step, Together

T = TypeVar("T")


class GreenletDriver:
    """Runs scripts in real time: the caller's greenlet for a script, one each for what runs together.

    `send(step)` blocks its greenlet until there is an exchange.
    """

    def __init__(self, send: Callable[[Create | Fetch | Raw | Download], Exchange]) -> None:
        self._send = send

    def perform(self, script: Script[T]) -> T:
        """Run a script to the end; an error in any of its branches is raised here."""
        value: Any = None
        try:
            while True:
                value = self._carry_out(script.send(value))
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            script.close()

    def _carry_out(self, step: Step) -> Any:
        if isinstance(step, Pause):
            gevent.sleep(max(0.0, step.seconds))
            return None
        if isinstance(step, Together):
            return self._together(step)
        return self._send(step)

    def _together(self, step: Together) -> tuple[Any, ...]:
        group = Group()
        try:
            branches = [group.spawn(self.perform, script) for script in step.scripts]
            gevent.joinall(branches, raise_error=True)
            return tuple(branch.value for branch in branches)
        finally:
            # When this greenlet is killed, or a branch fails, the others end here and are recorded as such.
            group.kill()
