"""The commands of ``python -m vitrine``, one module each; see `vitrine.__main__`."""
