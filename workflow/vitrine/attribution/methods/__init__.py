"""The attribution methods: each a package that describes the method in ``METHOD``.

A package's ``__init__`` holds the descriptor and the settings and imports nothing heavy, since the
configuration and the Snakefile read it; the code is in the modules beside it.
"""
