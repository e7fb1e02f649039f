"""How well models predict: metrics, their uncertainty, and classical baselines."""
