"""Ctrl-C and SIGTERM: a command ends at once, even if threads are still waiting."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NoReturn, ParamSpec, TypeVar

from llm_diplo.process import INTERRUPTED

Made = TypeVar("Made")
Given = ParamSpec("Given")


class _Unjoined(ThreadPoolExecutor):
    """An executor that nothing waits for: a slow name server, or spaCy being loaded, does not delay the end."""

    def submit(self, work: Callable[Given, Made], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Made]:
        """Run `work` in a daemon thread."""
        future: Future[Made] = Future()

        def do() -> None:
            try:
                future.set_result(work(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=do, daemon=True).start()
        return future

    def shutdown(self, *_: Any, **__: Any) -> None:
        """Leave the threads alone."""


def run(work: Coroutine[Any, Any, Made]) -> Made:
    """Run a coroutine as `asyncio.run` does, but without a wait for threads at the end. Raises `KeyboardInterrupt`."""
    with asyncio.Runner() as runner, _woken_by_signals(runner.get_loop()):
        runner.get_loop().set_default_executor(_Unjoined())
        return runner.run(work)


@contextmanager
def _woken_by_signals(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Have each signal wake the loop: one that comes just before it waits would else go unnoticed."""
    if sys.platform == "win32":  # there the loop does it
        yield
        return
    ours, written = socket.socketpair()
    with ours, written:
        written.setblocking(False)
        loop.add_reader(ours, ours.recv, 512)
        before = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(ours)


@contextmanager
def in_two_steps(stopping: asyncio.Event, say: Callable[[], None]) -> Iterator[None]:
    """Have the first Ctrl-C or SIGTERM set `stopping` and call `say`, and the second cancel this task, inside a loop.

    A loop that is blocked, such as by a list on standard input, notices neither; then the second one ends it where it is.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    first, heard = threading.Event(), threading.Event()

    def hear() -> None:
        heard.set()
        say()

    def interrupt(*_: object) -> None:
        if heard.is_set():
            loop.call_soon_threadsafe(task.cancel)
        elif first.is_set():
            raise KeyboardInterrupt
        else:
            first.set()
            stopping.set()
            loop.call_soon_threadsafe(hear)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave() -> NoReturn:
    """End the process of an interrupted command; Python would wait for threads, those of other plugins included."""
    if threading.active_count() == 1:
        sys.exit(INTERRUPTED)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(INTERRUPTED)


def _interrupt(*_: object) -> None:
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as shells begin what runs in the background
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C, so that arrays are closed and no unfinished file is left behind."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
