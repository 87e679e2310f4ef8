"""How Weir grows with users, events, partitions and workers: measured, and reckoned onwards."""
