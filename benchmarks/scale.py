"""Simulate a run over a million documents: time, calls, dollars and the size of the database, for the three ways to do it.

    python benchmarks/scale.py [--documents 1000000] [--tpm 10000000] [--machines 8] …

`scale_check.py` compares it with real runs.

The model. A machine is one process with one core: a document takes it for `cost` seconds, half before the call and half
after, a re-ask for half of that. Up to `jobs` documents are open at once. A call takes `latency` seconds (exponential about
a fixed half). The provider counts requests and tokens over the last `minute`; what goes over is refused with 429, which
comes back at once, and the machine paces itself by the project's own `Pace` on a simulated clock. An answer is sent back with
the chance `reask`, once; the second bad answer fails its document. Ray is `machines` of these with Ray's cost a document, one
limit for all. A batch costs the machine its `cost` a request and the provider half the price; up to `queue` tokens are
enqueued at once, each such wave takes `hours`, and the re-asks are the next round.

What it leaves out: the network and disks of a cluster, uploads, a day on which the provider is down. The defaults for limits,
latency and hours are assumptions: give your own. `BYTES` a brief is what `database.py` measured.
"""

from __future__ import annotations

import argparse
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import ceil
from types import SimpleNamespace

from llm_diplo.models import transport

BYTES = 38_800
"""Of a database, for each brief."""
HEADER = f"{'':34} {'hours':>8} {'calls':>10} {'refused':>9} {'failed':>7} {'dollars':>9}"


@dataclass
class Provider:
    """What the other side allows and takes. Tokens are those of one call."""

    tokens: int = 3_350
    tpm: int = 10_000_000
    rpm: int = 10_000
    minute: float = 60.0
    latency: float = 10.0
    retry_after: float = 1.0
    reask: float = 0.05
    is_fixed: bool = False
    """Whether each call takes as long."""
    times: deque[float] = field(default_factory=deque)

    def allows(self, now: float) -> bool:
        """Whether a request is within the limits; it counts when it is."""
        while self.times and self.times[0] <= now - self.minute:
            self.times.popleft()
        limits = [limit for limit in (self.rpm, self.tpm // self.tokens) if limit]
        if limits and len(self.times) >= min(limits):
            return False
        self.times.append(now)
        return True

    def seconds(self) -> float:
        """How long a call takes."""
        return self.latency if self.is_fixed else self.latency * (0.5 + random.expovariate(2))


@dataclass
class Totals:
    """What came of a run."""

    hours: float = 0.0
    calls: int = 0
    refused: int = 0
    failed: int = 0
    begun: int = 0


class Machine:
    """One process: a core that one document has at a time, and a pace at which one request after the other is sent."""

    def __init__(self) -> None:
        self.pace = transport.Pace()
        self.free = 0.0
        self.is_sending = False
        self.senders: deque[int] = deque()

    def work(self, now: float, seconds: float) -> float:
        """Queue for the core; returns how long until it is done."""
        self.free = max(self.free, now) + seconds
        return self.free - now


class Live:
    """A run whose calls are answered at once."""

    def __init__(self, documents: int, provider: Provider, cost: float, jobs: int, machines: int = 1) -> None:
        self.documents = documents
        self.provider = provider
        self.cost = cost
        self.now = 0.0
        self.senders = 1
        self.totals = Totals()
        self.jobs = [
            self.job(machine, number * jobs + job)
            for number, machine in enumerate([Machine() for _ in range(machines)])
            for job in range(jobs)
        ]
        self.waiting = [(0.0, number) for number in range(len(self.jobs))]

    def run(self) -> Totals:
        """Simulate until the last document is done."""
        names = {"time": SimpleNamespace(monotonic=lambda: self.now), "random": SimpleNamespace(uniform=self.uniform)}
        real = {name: vars(transport)[name] for name in names}
        vars(transport).update(names)
        try:
            while self.waiting:
                self.now, number = heappop(self.waiting)
                delay = next(self.jobs[number], None)  # None, too, when it has ended
                if delay is not None:
                    heappush(self.waiting, (self.now + delay, number))
        finally:
            vars(transport).update(real)
        self.totals.hours = self.now / 3_600
        return self.totals

    def job(self, machine: Machine, number: int) -> Iterator[float | None]:
        """Work on one document after the other; yields the seconds until it goes on, None to be woken."""
        while self.totals.begun < self.documents:
            self.totals.begun += 1
            yield machine.work(self.now, self.cost / 2)
            for attempt in range(2):
                yield from self.call(machine, number)
                yield machine.work(self.now, self.cost / 2)
                if random.random() >= self.provider.reask:
                    break
                self.totals.failed += attempt

    def uniform(self, least: float, most: float) -> float:
        """The first of the draws of all who wait to send."""
        return least + (most - least) * (1 - random.random() ** (1 / self.senders))

    def send(self, machine: Machine, number: int) -> Iterator[float | None]:
        """Wait until the machine's pace allows a request."""
        if machine.is_sending:
            machine.senders.append(number)
            yield None
        machine.is_sending = True
        while (delay := self.delay(machine)) > 0:
            yield delay
        machine.is_sending = bool(machine.senders)
        if machine.senders:
            heappush(self.waiting, (self.now, machine.senders.popleft()))

    def delay(self, machine: Machine) -> float:
        """How long the first of those who wait has to."""
        self.senders = len(machine.senders) + 1
        return machine.pace.delay()

    def call(self, machine: Machine, number: int) -> Iterator[float | None]:
        """Ask until the answer comes."""
        tries = 0
        while True:
            yield from self.send(machine, number)
            sent = self.now
            if self.provider.allows(sent):
                self.totals.calls += 1
                yield self.provider.seconds()
                machine.pace.accept(sent)
                return
            self.totals.refused += 1
            yield min(self.provider.latency, 0.05)
            if not machine.pace.refuse(sent, self.provider.retry_after):
                tries += 1
                yield random.uniform(0, min(60.0, 2.0**tries))


def batched(documents: int, provider: Provider, cost: float, *, queue: int, hours: float, rounds: int = 4) -> Totals:
    """A run whose calls are collected into batches."""
    totals, waiting = Totals(), documents
    for number in range(rounds):
        if not waiting:
            break
        waves = ceil(waiting * provider.tokens / queue)
        totals.hours += waiting * cost / 3_600 + waves * hours
        totals.calls += waiting
        again = round(waiting * provider.reask)
        totals.failed += again if number else 0
        waiting = again if number == 0 else 0
    return totals


def line(name: str, totals: Totals, dollars: float | None) -> str:
    """One line of the table."""
    price = f"{dollars:,.0f}" if dollars is not None else "unknown"
    return f"{name:34} {totals.hours:8.1f} {totals.calls:10,} {totals.refused:9,} {totals.failed:7,} {price:>9}"


def simulate(args: argparse.Namespace) -> None:
    """Print the three ways."""
    from llm_diplo.models.answers import cost_usd

    tokens = args.input + args.output
    provider = Provider(tokens, args.tpm, args.rpm, latency=args.latency, reask=args.reask)
    each = cost_usd(args.model, args.input, args.output)
    print(
        f"{args.documents:,} documents, {args.input:,} + {args.output:,} tokens a call, {args.model}; {args.tpm:,} tokens and"
    )
    print(f"{args.rpm:,} requests a minute; a call takes {args.latency:g} s, {args.reask:.0%} are asked again\n")
    print(HEADER, flush=True)

    def show(name: str, totals: Totals, share: float = 1.0) -> None:
        print(line(name, totals, each * totals.calls * share if each is not None else None), flush=True)

    show("corpus, one machine", Live(args.documents, provider, args.cost, args.jobs).run())
    batch = batched(args.documents, provider, args.batch_cost, queue=args.queue, hours=args.hours)
    show(f"batches of up to {args.hours:g} hours", batch, 0.5)
    fresh = replace(provider, times=deque())
    show(f"Ray, {args.machines} machines", Live(args.documents, fresh, args.ray_cost, args.jobs, args.machines).run())
    print(f"\nDatabase: {args.documents * BYTES / 1e9:.1f} GB by extrapolation; Ray's Parquet is imported into the same.")


def main() -> None:
    """Simulate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=500, help="documents at once on each machine")
    parser.add_argument("--machines", type=int, default=8)
    parser.add_argument("--cost", type=float, default=0.0154, help="seconds of CPU a document, `corpus` with its database")
    parser.add_argument("--batch-cost", type=float, default=0.019)
    parser.add_argument("--ray-cost", type=float, default=0.0264)
    parser.add_argument("--model", default="gpt-4.1-mini", help="whose price is taken")
    parser.add_argument("--input", type=int, default=2_300, help="tokens of a request")
    parser.add_argument("--output", type=int, default=1_050, help="tokens of an answer")
    parser.add_argument("--tpm", type=int, default=10_000_000)
    parser.add_argument("--rpm", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=10.0)
    parser.add_argument("--reask", type=float, default=0.05)
    parser.add_argument("--queue", type=int, default=1_000_000_000, help="tokens that may be enqueued in batches")
    parser.add_argument("--hours", type=float, default=24.0, help="hours that a batch takes")
    random.seed(1)
    simulate(parser.parse_args())


if __name__ == "__main__":
    main()
