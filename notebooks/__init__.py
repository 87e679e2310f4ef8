"""The two notebooks, and what they share; ``python -m notebooks`` runs and renders them."""
