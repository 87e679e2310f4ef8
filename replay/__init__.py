"""Reads logs, checks them, sends them to Kafka at a chosen pace; makes realistic logs."""
