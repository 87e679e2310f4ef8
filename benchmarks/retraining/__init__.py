"""What retraining gives after a drift, with everything running: broker, worker, trainer."""
