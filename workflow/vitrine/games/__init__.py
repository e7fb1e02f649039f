"""Cooperative games: instances whose players can be present or absent, and their evaluation."""
