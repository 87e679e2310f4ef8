"""The routes, a file for each kind of question. Paths stand in full, as metrics show them."""
