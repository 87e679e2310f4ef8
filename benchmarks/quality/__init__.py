"""How good the online models are, beside models retrained from scratch every day."""
