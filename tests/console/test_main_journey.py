"""Sign in, submit, watch, download: by mouse without JavaScript, and by keyboard alone."""

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests.console.conftest import PATIENCE_MS, NewPage, sign_in
from tests.e2e.deployment import Deployment

# One event loop for the folder: the services and the browser belong to it.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]
PRESET = "Teaching exercise with twenty casualties"


async def test_main_journey_without_javascript(new_page: NewPage, stack: Deployment) -> None:
    """Pages alone are enough: the job page reloads itself until the files are there."""
    page = await new_page(java_script_enabled=False, accept_downloads=True)
    await sign_in(page, stack.key)
    await page.get_by_role("link", name="Plan an exercise").first.click()
    await page.get_by_role("link", name=PRESET).click()
    await page.get_by_label("Casualties").fill("30")
    await page.get_by_label("Seed").fill("7")
    await page.get_by_role("button", name="Start the exercise").click()
    await expect(page.get_by_text("Succeeded")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_role("table", name="Outcome")).to_be_visible()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="ndjson", exact=True).click()
    lines = (await (await waiting.value).path()).read_text().splitlines()
    assert [json.loads(line)["ordinal"] for line in lines] == list(range(30))
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/console/exercises")
    await expect(page.get_by_label("API key")).to_be_visible()


async def test_main_journey_by_keyboard(new_page: NewPage, stack: Deployment) -> None:
    """Everything is reached and worked with keys, and progress comes without a reload."""
    page = await new_page()
    await page.goto("/")
    await page.keyboard.type(stack.key)  # the field has the focus
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console")
    await _press_on(page, "link", "Plan an exercise")
    await page.wait_for_url("**/plan")
    await _press_on(page, "link", PRESET)
    await page.wait_for_url("**/plan?preset=*")
    await _tab_to(page, page.get_by_label("Casualties"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("25")
    await _press_on(page, "button", "Start the exercise")
    await page.wait_for_url(re.compile(r"/exercises/[0-9a-f-]{36}$"))
    await page.evaluate("document.body.dataset.sameDocument = 'yes'")
    await expect(page.get_by_text("Succeeded")).to_be_visible(timeout=PATIENCE_MS)
    assert await page.evaluate("document.body.dataset.sameDocument") == "yes"
    await _tab_to(page, page.get_by_role("link", name="ndjson", exact=True))


async def test_form_says_what_is_wrong_beside_its_field(
    new_page: NewPage, stack: Deployment
) -> None:
    """What the API refuses is said at the field that it is about, and what was typed stays."""
    page = await new_page(java_script_enabled=False)
    await sign_in(page, stack.key)
    await page.goto("/console/exercises/plan?preset=teaching-20")
    await page.get_by_label("Casualties").fill("1000000000")
    await page.get_by_label("Seed").fill("12")
    await page.get_by_role("button", name="Start the exercise").click()
    field = page.get_by_label("Casualties")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#count-wrong")).to_contain_text("at most 100000000")
    await expect(page.get_by_label("Seed")).to_have_value("12")


async def _press_on(page: Page, role: str, name: str) -> None:
    await _tab_to(page, page.get_by_role(role, name=name).first)  # type: ignore[arg-type]
    await page.keyboard.press("Enter")


async def _tab_to(page: Page, wanted: object) -> None:
    """Press Tab until the element has the focus; a trap or an unreachable one fails."""
    for _ in range(120):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):  # type: ignore[attr-defined]
            return
    raise AssertionError(f"Tab does not reach {wanted}")
