from tests.e2e.fixtures import deployment

__all__ = ["deployment"]
