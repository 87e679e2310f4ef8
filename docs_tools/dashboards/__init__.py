"""Pictures of the Grafana dashboards: drawn from their JSON and from the answers of a Prometheus.

They are no screenshots of Grafana. Where panels stand, what they ask, units, limits, colours and
names are what the JSON says; Grafana's own drawing is imitated, as far as a picture for the docs
needs it.
"""
