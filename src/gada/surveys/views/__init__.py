"""Pages of forms on phones, and the server that phones talk to."""
