from tests.e2e.fixtures import deployment, own_deployment, undisturbed_digest

__all__ = ["deployment", "own_deployment", "undisturbed_digest"]
