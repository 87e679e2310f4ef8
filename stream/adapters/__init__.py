"""The only modules that import a driver (redis, aiokafka, sqlalchemy and what is below it)."""
