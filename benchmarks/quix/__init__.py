"""Quix Streams doing the worker's job, to compare with."""
