"""Retraining: candidates made from the examples log, and the best one handed to the learner."""
