"""Erasing: a change that always wins. Marks recognise what was erased, the screen keeps it out, the sweep takes it out.

`marks` is pure; `screen` stands in the way of what is applied; `victims` reads what is to be erased; `sweep` rewrites
the tables; `scan` looks for what is left in files. The cleaning of files and indexes is docent/erasing.
"""
