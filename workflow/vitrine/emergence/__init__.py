"""Abilities whose optimum theory knows: how they emerge, and by which mechanism."""
