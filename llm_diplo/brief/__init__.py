"""From a model's answer to a brief: reading it, checking it against the article, grounding it.

Pure functions of an answer and an article. No model, network or file is touched here.
"""
