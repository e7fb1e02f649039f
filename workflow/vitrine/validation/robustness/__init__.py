"""Robustness: does an explanation stay when it should?"""
