"""Candidates: models made anew from the examples log, and compared with the champion."""
