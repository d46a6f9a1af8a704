"""`python -m generations_contract.gateway`, and `generations-contract serve`: options, start, stop, the bill.

Clock, secret and sockets enter here, at the edge. Whatever is wrong with the options is one line on stderr
and exit code 2.
"""

import argparse
import contextlib
import difflib
import secrets
import socket
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from generations_contract.gateway.catalogue import (
    Catalogue,
    CatalogueError,
    default_catalogue,
    faster,
    load,
    packaged,
)
from generations_contract.gateway.core import Gateway
from generations_contract.gateway.doors.asgi import App
from generations_contract.gateway.doors.browser import for_browsers
from generations_contract.gateway.doors.codes import ways_to
from generations_contract.gateway.doors.profile import export_lines, profile_toml
from generations_contract.gateway.doors.server import BACKLOG, Server
from generations_contract.gateway.hooks import Fault

__all__ = ["add_options", "main", "run"]

EXIT_WRONG_USE = 4


class WrongUseError(ValueError):
    """An option that cannot be used; the message is one line."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of serving, on any parser."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--origin", metavar="URL", help="where clients reach it, for media URLs")
    parser.add_argument("--catalogue", type=Path, metavar="FILE", help="models and accounts, as TOML")
    parser.add_argument("--write-profile", type=Path, metavar="FILE", help="write a target profile for it")
    parser.add_argument(
        "--print-catalogue", action="store_true", help="print the packaged catalogue, to be changed"
    )
    parser.add_argument("--codes", action="store_true", help="say which model or key gives which error code")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help="jobs take an Nth of their time; holds stay true",
    )
    parser.add_argument("--seed", type=int, help="make ids, times and signatures reproducible")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="tell this lie; repeatable"
    )
    parser.add_argument("--variant", action="append", default=[], metavar="NAME", help="take this liberty")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit code: 0, or 2 for wrong use."""
    try:
        return _serve(options)
    except (WrongUseError, CatalogueError) as error:
        sys.stderr.write(f"gateway: {error}\n")
        return EXIT_WRONG_USE


def _serve(options: argparse.Namespace) -> int:
    if options.print_catalogue:
        sys.stdout.write(packaged())
        return 0
    if not 0 < options.speed <= 1e6:
        raise WrongUseError("--speed: give a number above 0, as 10")
    catalogue = faster(load(options.catalogue) if options.catalogue else default_catalogue(), options.speed)
    if options.codes:
        for code, status, way in ways_to(catalogue):
            _say(f"{code:<20}  {status}  {way}")
        return 0
    tampers = _tampers(options) if options.fault or options.variant else []
    listener = _listen(options.host, options.port)
    address = _address(options.host, listener.getsockname()[1])
    gateway = Gateway(
        catalogue,
        origin=options.origin or address,
        epoch=time.time() - time.monotonic(),
        seed=options.seed or 0,
        secret=None if options.seed is not None else secrets.token_bytes(32),
        tampers=tampers,
    )
    if options.write_profile:
        _write_profile(options.write_profile, catalogue, options.origin or address)
    _raise_descriptor_limit()
    Server(for_browsers(App(gateway)), lambda: _say(f"listening on {address}")).run([listener])
    _say_ledger(gateway)
    return 0


def _say_ledger(gateway: Gateway) -> None:
    """A line for each account that had anything accepted, and always one for the first."""
    for place, line in enumerate(gateway.ledger):
        if line.generations or place == 0:
            _say(f"{line.account}: {line.generations} generations accepted, {line.cost_usd:.2f} USD billed")


def _tampers(options: argparse.Namespace) -> list[Fault]:
    from generations_contract.gateway.tampers import FAULTS, VARIANTS  # an honest gateway starts without

    return [*_named(FAULTS, "fault", options.fault), *_named(VARIANTS, "variant", options.variant)]


def _named(registry: dict[str, Fault], kind: str, names: Iterable[str]) -> list[Fault]:
    for name in names:
        if name not in registry:
            close = difflib.get_close_matches(name, registry, n=1)
            hint = f", did you mean {close[0]!r}?" if close else f"; there are {len(registry)}"
            raise WrongUseError(f"there is no {kind} {name!r}{hint}")
    return [registry[name] for name in names]


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:  # the resolver would take it modulo 65536
        raise WrongUseError(f"cannot listen on {host} port {port}: ports end at 65535")
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or error
        raise WrongUseError(f"cannot listen on {host} port {port}: {reason}") from None


def _address(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def _write_profile(path: Path, catalogue: Catalogue, address: str) -> None:
    try:
        path.write_text(profile_toml(catalogue, address), encoding="utf-8")
    except OSError as error:
        raise WrongUseError(f"cannot write {path}: {error.strerror or error}") from None
    _say(f"profile written to {path}; its keys come from the environment:")
    for line in export_lines(catalogue):
        _say(f"  {line}")


def _raise_descriptor_limit() -> None:
    """One connection is one descriptor, and the usual soft limit is 1024."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on every platform

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _say(line: str) -> None:
    # Whoever started it may have stopped listening.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """The command line of `python -m generations_contract.gateway`."""
    parser = argparse.ArgumentParser(
        "python -m generations_contract.gateway", description="Serve the reference gateway."
    )
    add_options(parser)
    return run(parser.parse_args(arguments))
