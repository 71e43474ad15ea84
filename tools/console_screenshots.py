"""Pictures of the console's pages, light, dark and on a phone, from the running local stack."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from lazaret.cli.server import find_setting
from lazaret.client import Client

FOLDER = Path(__file__).parents[1] / "docs/console"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PRESET, COUNT, SEED = "joint-operation", 5_000, 7
PATIENCE_MS = 120_000
STAGED = "[data-ready]"
CONTEXTS: Mapping[str, Mapping[str, object]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 860}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 860}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


def main() -> None:
    """Run an exercise and write every page's pictures."""
    url = find_setting("LAZARET_URL")
    with Client(url, find_setting("LAZARET_API_KEY")) as client, sync_playwright() as playwright:
        wanted = {"preset": PRESET, "count": COUNT, "seed": SEED}
        job_id = client.submit_job(wanted).job.id
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for name in CONTEXTS:
            _write(_signed_in(browser, name, url + client.make_sign_in_link()), name, url, job_id)
        browser.close()


def _signed_in(browser: Browser, name: str, link: str) -> BrowserContext:
    context = browser.new_context(**CONTEXTS[name])  # type: ignore[arg-type]  # options by name
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console")
    return context


def _write(context: BrowserContext, name: str, url: str, job_id: str) -> None:
    page = context.pages[0]
    page.goto(f"{url}/console/exercises/{job_id}")
    page.get_by_text("Succeeded").wait_for()
    for title, address in _pages(job_id):
        page.goto(url + address)
        _settle(page, title)
        page.screenshot(path=FOLDER / f"{title}-{name}.png", full_page=title != "chain")


def _settle(page: Page, title: str) -> None:
    if title == "chain":
        page.locator(STAGED).wait_for(state="attached")
    page.evaluate("document.fonts.ready")


def _pages(job_id: str) -> Iterator[tuple[str, str]]:
    job = f"/console/exercises/{job_id}"
    yield "overview", "/console"
    yield "plan", "/console/exercises/plan"
    yield "exercise", job
    yield "chain", f"{job}/sectors/0"
    yield "casualty", f"{job}/casualties/23"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    main()
