"""Sanity checks: does an explanation change when the model is randomised?"""
