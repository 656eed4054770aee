"""What answers cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

BATCH_SHARE = 0.5
"""Of the list price, where a model's batch price is unknown: what every provider of batches asks."""

_in_batches: ContextVar[bool] = ContextVar("in_batches", default=False)


@contextmanager
def batch_prices() -> Iterator[None]:
    """Use the prices of batches in this block, and in the tasks and threads that are started in it."""
    token = _in_batches.set(True)
    try:
        yield
    finally:
        _in_batches.reset(token)


def cost_usd(model: str, input_tokens: int | None, output_tokens: int | None) -> float | None:
    """US dollars by the price table of genai-prices; None where it does not know the model."""
    if input_tokens is None or output_tokens is None:
        return None
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    try:
        price = float(calc_price(usage, model).total_price)
        if not _in_batches.get():
            return price
        batched = float(calc_price(usage, model, price_context={"processing": "batch"}).total_price)
    except LookupError:
        return None
    return batched if batched < price else BATCH_SHARE * price  # a model without a batch price comes at its list price
