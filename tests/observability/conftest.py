from tests.observability.watched import watched

__all__ = ["watched"]
