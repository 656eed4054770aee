"""What answers cost."""

from __future__ import annotations


def cost_usd(model: str, input_tokens: int | None, output_tokens: int | None) -> float | None:
    """US dollars by the price table of genai-prices; None where it does not know the model."""
    if input_tokens is None or output_tokens is None:
        return None
    from genai_prices import Usage, calc_price

    try:
        return float(calc_price(Usage(input_tokens=input_tokens, output_tokens=output_tokens), model).total_price)
    except LookupError:
        return None
