"""Pages have one limit for all lists."""

from services.gateway.config import GatewayConfig
from shared.errors import FieldProblem, Invalid


def page_limit(limit: int, config: GatewayConfig) -> int:
    """Check a page's size. Raises Invalid above `page_items_max`."""
    if limit > config.page_items_max:
        raise Invalid(
            (FieldProblem("limit", f"must be at most {config.page_items_max}, not {limit}"),)
        )
    return limit
