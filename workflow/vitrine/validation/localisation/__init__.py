"""Localisation: does an explanation find reasons that are known?"""
