"""What makes and checks the documentation; for development only, not in the wheel."""
