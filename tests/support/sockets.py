"""Servers of a few lines, for what no well-behaved server does."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Misbehave = Callable[[socket.socket, threading.Event], None]


@contextmanager
def listening(misbehave: Misbehave) -> Iterator[str]:
    """The base URL of a server that reads a request of any kind and then misbehaves; bounded by the block."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        acceptor = threading.Thread(target=_accept, args=(server, misbehave, over, threads))
        acceptor.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            for thread in (acceptor, *threads):
                thread.join()


def sending(*pieces: bytes) -> Misbehave:
    """Send these bytes and hang up."""

    def misbehave(client: socket.socket, _: threading.Event) -> None:
        for piece in pieces:
            client.sendall(piece)

    return misbehave


def silent(_: socket.socket, over: threading.Event) -> None:
    """Say nothing until the test is over."""
    over.wait()


def dripping(head: bytes, drop: bytes = b"x") -> Misbehave:
    """Send the head, then the drop again and again, a little at a time, until the test is over."""

    def misbehave(client: socket.socket, over: threading.Event) -> None:
        client.sendall(head)
        while not over.wait(0.02):
            client.sendall(drop)

    return misbehave


def resetting(client: socket.socket, _: threading.Event) -> None:
    """Close with a reset instead of an end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def unused() -> str:
    """The base URL of a port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def _accept(
    server: socket.socket, misbehave: Misbehave, over: threading.Event, threads: list[threading.Thread]
) -> None:
    while not over.is_set():
        with suppress(TimeoutError):
            client, _ = server.accept()
            threads.append(threading.Thread(target=_serve, args=(client, misbehave, over)))
            threads[-1].start()


def _serve(client: socket.socket, misbehave: Misbehave, over: threading.Event) -> None:
    client.settimeout(10)
    with client, suppress(OSError):
        client.recv(65536)
        misbehave(client, over)
