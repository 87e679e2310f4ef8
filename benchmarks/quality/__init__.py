"""The online models against models retrained from scratch every day, on the same snapshots."""
