"""Compiling: a recorded calculation with its derivatives as a program, and the backends that run it."""
