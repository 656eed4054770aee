"""Claimed quotations against texts: finding them, comparing them, deciding who said them.

Pure functions of texts. Nothing here knows about briefs being made, models or files.
"""
