"""Who serves: the line-up, the contest between its models, and what is decided."""
