"""Tells locust of requests, so that its own table, web page and listeners stay true, at little cost.

An event for each request costs as much as judging it. Where nobody but locust's own statistics listens,
successes are added up in entries of locust's own kind and joined to its statistics once a second; failures,
and everything as soon as anybody else listens, are told one by one. Only the locustfile imports this module.
"""

from typing import Any, Final

from locust.stats import StatsEntry

# Where locust's own listener is defined; should that change, everything is told one by one again.
_OWN: Final = "Runner.__init__.<locals>.on_request"


class LocustStats:
    """What a process tells its locust environment. `flush` is to be called every second and at the end."""

    def __init__(self, environment: Any) -> None:
        self._hook = environment.events.request
        self._stats = environment.stats
        self._entries: dict[tuple[str, str], Any] = {}
        self._alone = self._is_alone()

    def __call__(self, **event: Any) -> None:
        """One request, in the words of locust's `request` event."""
        if event["exception"] is not None or not self._alone:
            self._hook.fire(**event)
            return
        kind = (event["name"], event["request_type"])
        entry = self._entries.get(kind)
        if entry is None:
            entry = self._entries[kind] = StatsEntry(self._stats, *kind)
        entry.log(event["response_time"], event["response_length"])

    def flush(self) -> None:
        """Join what was added up to locust's statistics."""
        for kind, entry in self._entries.items():
            self._stats.get(*kind).extend(entry)
            self._stats.total.extend(entry)
        self._entries.clear()
        self._alone = self._is_alone()

    def _is_alone(self) -> bool:
        return all(getattr(each, "__qualname__", "") == _OWN for each in self._hook._handlers)
