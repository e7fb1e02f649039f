"""Calibration under feature removal: does the model know inputs from which features are gone?"""
