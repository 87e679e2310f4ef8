"""How well drift is found, on made-up logs with and without one."""
