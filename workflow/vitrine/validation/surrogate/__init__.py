"""Surrogate fit and additivity: how good is the additive model behind an explanation?"""
