"""The Faust app, and all that talks to Kafka and Redis."""
