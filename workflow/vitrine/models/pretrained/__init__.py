"""Pretrained models of the package ``transformers``, behind the interface of our own."""
