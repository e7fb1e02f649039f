"""Domains: the rows of a table to features."""
