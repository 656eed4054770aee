"""Flows side by side: as many at once as asked for, sync in threads, async in the loop; the first error ends them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from llm_diplo.models.pump import Call, Together, arun, in_thread, run

PATIENCE = 10
"""Seconds that calls wait for each other; they never do where enough of them are made at once."""


class Meeting:
    """Calls that each wait until `size` of them are made at once; counts how many ever were."""

    def __init__(self, size: int) -> None:
        self.barrier = threading.Barrier(size, timeout=PATIENCE)
        self.lock = threading.Lock()
        self.open = self.most = 0

    def call(self) -> Call:
        meeting = self

        class Waiting(Call):
            def text(self) -> str:
                with meeting.lock:
                    meeting.open += 1
                    meeting.most = max(meeting.most, meeting.open)
                meeting.barrier.wait()
                with meeting.lock:
                    meeting.open -= 1
                return "met"

            async def atext(self) -> str:
                return await in_thread(self.text)

        return Waiting(None)


async def twice(meeting: Meeting, number: int) -> int:
    assert [await meeting.call(), await meeting.call()] == ["met", "met"]
    return number


async def side_by_side(flows: list[Coroutine[Any, Any, Any]], at_once: int) -> list[Any]:
    return await Together(flows, at_once)


WAYS = [run, lambda flow: asyncio.run(arun(flow))]


@pytest.mark.parametrize("way", WAYS, ids=["sync", "async"])
@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_at_once_and_results_in_order(way: Callable[..., Any], at_once: int) -> None:
    meeting = Meeting(at_once)
    assert way(side_by_side([twice(meeting, number) for number in range(6)], at_once)) == [0, 1, 2, 3, 4, 5]
    assert meeting.most == at_once


@pytest.mark.parametrize("way", WAYS, ids=["sync", "async"])
def test_the_first_error_ends_them_all(way: Callable[..., Any]) -> None:
    begun: list[int] = []

    async def failing(number: int) -> None:
        begun.append(number)
        await Meeting(1).call()
        raise KeyError(number)

    with pytest.raises(KeyError):
        way(side_by_side([failing(number) for number in range(5)], 2))
    assert len(begun) <= 3


@pytest.mark.parametrize("way", WAYS, ids=["sync", "async"])
def test_an_error_of_a_call_reaches_its_flow(way: Callable[..., Any]) -> None:
    class Broken(Call):
        def text(self) -> str:
            raise OSError("gone")

        async def atext(self) -> str:
            raise OSError("gone")

    async def careful() -> str:
        try:
            return await Broken(None)
        except OSError as error:
            return str(error)

    assert way(side_by_side([careful(), careful()], 2)) == ["gone", "gone"]


def test_whoever_makes_the_calls_makes_those_side_by_side_too() -> None:
    """The corpus runner limits, and tries again, every call."""

    async def answer(call: Call) -> str:
        return "answered"

    async def one() -> str:
        return await Meeting(2).call()

    assert asyncio.run(arun(side_by_side([one(), one()], 1), answer)) == ["answered", "answered"]
