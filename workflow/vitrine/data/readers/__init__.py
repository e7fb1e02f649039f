"""Readers: any file to a checked table."""
