"""What MLflow is told: written to a spool first, and shipped when MLflow is there."""
