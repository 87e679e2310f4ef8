"""What the API tells without being asked again: scores, drift, decisions, as they change.

One ``Watch`` a domain looks at Redis, for however many listen; the ``Hub`` hands what it sees to
every ``Listener``, and what was seen last to those who come.
"""
