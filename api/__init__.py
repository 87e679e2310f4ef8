"""The HTTP API: current scores with reasons, rankings, and the model, read from Redis."""
