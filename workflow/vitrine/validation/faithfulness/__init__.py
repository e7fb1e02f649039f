"""Faithfulness: does removing what an explanation names change the output?"""
