"""Shapley values of one game: exact, or estimated from pairs of coalitions."""
