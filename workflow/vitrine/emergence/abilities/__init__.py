"""The abilities, one package each.

A package states its settings and its descriptor ``ABILITY`` and imports nothing heavy. Its module
``task`` has the task: what is drawn, what is learned, and what theory says is possible.
"""
