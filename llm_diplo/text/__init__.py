"""Texts: the article, its numbered units and quotations, and the names, numbers and dates in them.

Knows nothing of briefs or models: only the standard library, small text libraries and `schema`.
"""
