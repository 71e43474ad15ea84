"""Who is let in, for how long, and what a form must carry."""

import re

import httpx
import pytest

from services.gateway.identity.keys import revoke_key
from services.gateway.identity.roles import Role
from shared.db.pool import Database
from tests.console.conftest import make_key
from tests.e2e.deployment import Deployment

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

HTML = {"Accept": "text/html"}


def browse(stack: Deployment) -> httpx.AsyncClient:
    """A browser without scripts."""
    return httpx.AsyncClient(base_url=stack.services["gateway"].url, headers=HTML, timeout=60)


def token_in(page: str) -> str:
    """The token of the page's first form."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def enter(http: httpx.AsyncClient, key: str) -> httpx.Response:
    page = await http.get("/console/sign-in")
    form = {"form_token": token_in(page.text), "after": "/console", "key": key}
    return await http.post("/console/sign-in", data=form)


async def test_cookie_is_out_of_reach(stack: Deployment) -> None:
    """Scripts cannot read the session's cookie, and other sites cannot have it sent."""
    async with browse(stack) as http:
        answer = await enter(http, stack.key)
        assert answer.status_code == 303
        cookie = answer.headers.get_list("set-cookie")[0]
        assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
        assert stack.key.rsplit("_", 1)[1] not in cookie


async def test_wrong_key_is_told_and_not_let_in(stack: Deployment) -> None:
    """The page says what is wrong; no session begins."""
    async with browse(stack) as http:
        answer = await enter(http, "lzt_0000_1111")
        assert answer.status_code == 401
        assert "This key is not known" in answer.text
        assert (await http.get("/console")).status_code == 303


async def test_form_without_its_token_is_refused(stack: Deployment) -> None:
    """A form from elsewhere does nothing, with or without a session, whatever its origin says."""
    async with browse(stack) as http:
        assert (await http.post("/console/sign-in", data={"key": stack.key})).status_code == 403
        await enter(http, stack.key)
        page = (await http.get("/console/exercises/plan?preset=teaching-20")).text
        form = {"preset": "teaching-20", "count": "20", "once": "x", "form_token": token_in(page)}
        elsewhere = {"Origin": "https://elsewhere.example"}
        for headers, data in ((elsewhere, form), ({}, {**form, "form_token": "0" * 64})):
            answer = await http.post("/console/exercises/plan", data=data, headers=headers)
            assert answer.status_code == 403
        assert (await http.post("/console/exercises/plan", data=form)).status_code == 303


async def test_link_signs_in_once(stack: Deployment) -> None:
    """The first browser that uses a link is let in, the second is told what to do."""
    answer = await stack.http("POST", "/api/v1/sign-in-links")
    assert answer.status_code == 201
    path = answer.json()["path"]
    async with browse(stack) as first, browse(stack) as second:
        for http, status in ((first, 303), (second, 401)):
            page = await http.get(path)
            form = {"form_token": token_in(page.text), "link": path.partition("link=")[2]}
            assert (await http.post("/console/sign-in", data=form)).status_code == status
        assert (await first.get("/console")).status_code == 200


async def test_sign_in_leads_to_own_pages_only(stack: Deployment) -> None:
    """An address of another site in the link is not followed."""
    async with browse(stack) as http:
        page = await http.get("/console/sign-in?after=https://elsewhere.example/console")
        assert "elsewhere" not in page.text


async def test_revoked_key_ends_its_sessions(stack: Deployment, stack_database: Database) -> None:
    """The next page after the revocation is the sign-in."""
    key = await make_key(stack.database_url, "tests", Role.VIEWER)
    async with browse(stack) as http:
        await enter(http, key.api_key)
        assert (await http.get("/console")).status_code == 200
        assert (await http.get("/console/exercises/plan")).status_code == 200
        async with stack_database.transaction() as connection:
            await revoke_key(connection, key.key_id)
        assert (await http.get("/console")).status_code == 303


async def test_entrance_is_a_page_for_browsers_only(stack: Deployment) -> None:
    """`/` sends browsers to the console and tells programs where things are."""
    async with browse(stack) as http:
        assert (await http.get("/")).headers["Location"] == "/console"
        assert (await http.get("/", headers={"Accept": "*/*"})).json()["name"] == "lazaret"


async def test_policy_allows_no_inline_code(stack: Deployment) -> None:
    """No page lets a script or a style of the page itself run, or one from elsewhere."""
    async with browse(stack) as http:
        policy = (await http.get("/console/sign-in")).headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


async def test_errors_are_pages_for_browsers(stack: Deployment) -> None:
    """What is not there is said with what to try."""
    async with browse(stack) as http:
        await enter(http, stack.key)
        answer = await http.get("/console/exercises/00000000-0000-0000-0000-000000000000")
        assert answer.status_code == 404
        assert "What to try" in answer.text
