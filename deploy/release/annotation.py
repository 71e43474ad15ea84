"""A mark in Grafana's graphs where a version changed."""

from __future__ import annotations

import httpx

from deploy.local.problem import Problem
from deploy.release.plan import Plan

ANSWER_WITHIN_S = 5.0


def annotate(plan: Plan, text: str) -> None:
    """Add it where the plan names a Grafana. A release does not fail for want of a mark."""
    if not plan.annotations_url:
        return
    try:
        token = (
            plan.annotations_token_file.read_text().strip() if plan.annotations_token_file else ""
        )
        httpx.post(
            f"{plan.annotations_url}/api/annotations",
            json={"text": text, "tags": ["lazaret", "release"]},
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_WITHIN_S,
        )
    except OSError as error:
        raise Problem(f"the token for annotations cannot be read: {error.strerror}") from None
    except httpx.HTTPError:
        return
