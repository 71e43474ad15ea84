"""The native stack: private PostgreSQL and RabbitMQ servers and the four services on one machine,
without Docker.
"""
