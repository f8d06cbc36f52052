"""Designs: networks that meet requirements at least cost, as chains searched from nothing or by edits of one there is.

A *goal* is what is required and what is to be least or most. A *block* is the part of a chain that may come again. A
*design* is an answer: a network in the notation, with its numbers.
"""
