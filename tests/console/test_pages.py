"""What the pages show beyond the main journey, and that everybody can use them."""

import json
import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from shared.scenarios.presets import load_preset
from tests.console.conftest import PATIENCE_MS, NewPage, make_key, sign_in
from tests.e2e.deployment import Deployment
from tools.console_libraries import TEST_VENDOR

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

HOSTILE = "<img src=x onerror=alert(1)>\"'</script>"
NODES_MAX = 2_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def exercise(stack: Deployment) -> str:
    """A finished exercise whose names are hostile."""
    scenario = load_preset("teaching-20").model_dump(mode="json")
    scenario["title"] = HOSTILE
    scenario["facilities"][0]["name"] = HOSTILE
    wanted = {"scenario": scenario, "count": 20, "seed": 7}
    answer = await stack.http("POST", "/api/v1/jobs", json=wanted)
    assert answer.status_code == 202, answer.text
    job_id = str(answer.json()["id"])
    await stack.finished(job_id)
    return job_id


def addresses(exercise: str) -> dict[str, str]:
    """Every page by its name."""
    job = f"/console/exercises/{exercise}"
    return {
        "overview": "/console",
        "exercises": "/console/exercises",
        "nothing": "/console/exercises?state=failed",
        "plan": "/console/exercises/plan",
        "form": "/console/exercises/plan?preset=teaching-20",
        "job": job,
        "sector": f"{job}/sectors/0",
        "casualties": f"{job}/casualties",
        "casualty": f"{job}/casualties/3",
    }


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 640), ("dark", 390)]
)
async def test_pages_have_no_barriers(
    new_page: NewPage, stack: Deployment, exercise: str, scheme: str, width: int
) -> None:
    """Axe finds nothing against WCAG 2.1 AA, in both themes, at 200 % zoom (half the width) and on
    a phone; no page is wider than its window, none has too many nodes.
    """
    page = await new_page(
        color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    await page.add_init_script(path=TEST_VENDOR / "axe.js")
    await page.goto("/console/sign-in")
    found = {"sign in": await _barriers(page)}
    await sign_in(page, stack.key)
    for name, address in addresses(exercise).items():
        await page.goto(address)
        if name == "sector":
            await expect(page.locator("[data-ready]")).to_be_attached(timeout=PATIENCE_MS)
        found[name] = await _barriers(page)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) <= 0, (name, width)
        assert await page.evaluate("document.querySelectorAll('*').length") < NODES_MAX, name
    assert {name: each for name, each in found.items() if each} == {}


async def _barriers(page: Page) -> list[Any]:
    run = "rules => axe.run(document, {runOnly: rules})"
    result = await page.evaluate(run, RULES)
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]])
        for each in result["violations"]
    ]


async def test_hostile_names_stay_text(new_page: NewPage, stack: Deployment, exercise: str) -> None:
    """A title and a facility that would be code are shown as they are on every page."""
    page = await new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    await sign_in(page, stack.key)
    for name, address in addresses(exercise).items():
        await page.goto(address)
        assert await page.locator("img").count() == 0, name
    await page.goto(f"/console/exercises/{exercise}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)


async def test_chain_plays_and_jumps(new_page: NewPage, stack: Deployment, exercise: str) -> None:
    """Time goes on while it plays, by keyboard as well; a pain jumps to its moment."""
    page = await new_page()
    await sign_in(page, stack.key)
    await page.goto(f"/console/exercises/{exercise}/sectors/0")
    await expect(page.locator("[data-ready]")).to_be_attached(timeout=PATIENCE_MS)
    clock = page.locator(".clock")
    before = await clock.text_content()
    await page.get_by_role("button", name="Play").press("Enter")
    await expect(clock).not_to_have_text(before or "", timeout=PATIENCE_MS)
    await page.get_by_role("button", name="Pause").press("Enter")
    jump = page.get_by_role("button", name="Show the worst moment").first
    await jump.press("Enter")
    moment = await jump.get_attribute("data-at")
    shown = int(await page.locator(".seek input").input_value())
    assert abs(shown - int(moment or 0)) <= 60  # the slider has whole minutes


async def test_failed_island_leaves_the_page(
    new_page: NewPage, stack: Deployment, exercise: str
) -> None:
    """Where the map breaks a note stands in its place, the tables stay, and the server hears."""
    page = await new_page()
    await sign_in(page, stack.key)
    planted = "() => { throw new TypeError('planted'); }"
    broken = f"CanvasRenderingContext2D.prototype.arc = {planted}"
    await page.add_init_script(broken)
    async with page.expect_request("**/console/failures") as told:
        await page.goto(f"/console/exercises/{exercise}/sectors/0")
    assert "TypeError" in ((await told.value).post_data or "")
    await expect(page.get_by_text("This part of the page has failed.")).to_be_visible()
    await expect(page.get_by_role("table", name="Longest waits")).to_be_visible()


async def test_casualty_is_reached_by_filter_and_ordinal(
    new_page: NewPage, stack: Deployment, exercise: str
) -> None:
    """Filters are the API's; an ordinal leads to its casualty without JavaScript."""
    page = await new_page(java_script_enabled=False)
    await sign_in(page, stack.key)
    await page.goto(f"/console/exercises/{exercise}/casualties")
    await page.get_by_label("First triage").select_option("T1")
    await page.get_by_role("button", name="Show").click()
    rows = await stack.http("GET", f"/api/v1/jobs/{exercise}/patients?triage_first=T1")
    shown = await page.locator("tbody tr").count()
    assert shown == len(rows.json()["items"]) > 0
    await page.get_by_label("Ordinal").fill("3")
    await page.get_by_role("button", name="Go to").click()
    await expect(page.get_by_role("heading", name="The story")).to_be_visible()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="JSON", exact=True).click()
    text = (await (await waiting.value).path()).read_text()
    assert json.loads(text)["ordinal"] == 3


async def test_exercise_is_acted_on_with_confirmation(new_page: NewPage, stack: Deployment) -> None:
    """Deleting asks first, also without JavaScript; afterwards the exercise is gone."""
    job_id = await stack.submit(100)
    await stack.finished(job_id)
    page = await new_page(java_script_enabled=False)
    await sign_in(page, stack.key)
    await page.goto(f"/console/exercises/{job_id}")
    sure = page.get_by_role("button", name="Delete the exercise")
    await expect(sure).to_be_hidden()
    await page.locator("summary", has_text="Delete").click()
    await sure.click()
    await page.wait_for_url(re.compile("/console/exercises$"))
    assert (await stack.http("GET", f"/api/v1/jobs/{job_id}")).status_code == 404


async def test_other_tenants_see_nothing(
    new_page: NewPage, stack: Deployment, exercise: str
) -> None:
    """Another tenant's list is empty, and its sessions get none of the pages of the exercise."""
    page = await new_page(java_script_enabled=False)
    await sign_in(page, (await make_key(stack.database_url, "strangers")).api_key)
    await page.goto("/console/exercises")
    await expect(page.get_by_text("There is no exercise yet.")).to_be_visible()
    cookies = {each["name"]: each["value"] for each in await page.context.cookies()}
    url = stack.services["gateway"].url
    async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=60) as http:
        for name in ("job", "sector", "casualties", "casualty"):
            assert (await http.get(addresses(exercise)[name])).status_code == 404, name


async def test_movements_agree_with_the_records(stack: Deployment, exercise: str) -> None:
    """The columns that are drawn say what the records say, in slices that join."""
    base = f"/api/v1/jobs/{exercise}"
    start, ends, moves = 0, [], []
    while start is not None:
        answer = await stack.http("GET", f"{base}/sectors/0/movements?start={start}&limit=7")
        document = answer.json()
        ends += document["ended_at_s"]
        moves += [
            end - begin
            for begin, end in zip(document["offsets"], document["offsets"][1:], strict=False)
        ]
        start = document["next"]
    assert len(ends) == 20
    for ordinal in (0, 7, 19):
        record = (await stack.http("GET", f"{base}/patients/{ordinal}")).json()
        kinds = [event["kind"] for event in record["events"]]
        assert moves[ordinal] == sum(kind in {"injured", "departed", "arrived"} for kind in kinds)
    assert (await stack.http("GET", f"{base}/sectors/0/movements?start=20")).status_code == 404
