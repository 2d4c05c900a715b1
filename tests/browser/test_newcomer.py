"""What somebody who just cloned the repository sees."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

WITHIN_MS = 120_000
PAGES = [
    "/",
    "/library/",
    "/library/series/",
    "/library/authors/",
    "/library/recommendations/",
    "/library/missing/",
    "/acquisition/search/",
    "/acquisition/review/",
    "/queue/",
    "/jobs/",
    "/health/",
    "/setup/",
    "/tracker/guides/",
    "/api/v1/docs",
]


@pytest.fixture(scope="module")
def outcomes(application, chromium):
    """What the dashboard says, without being reloaded, when a first run and then a second have ended."""
    context = chromium.new_context(base_url=application.url)
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("input[name=username]").fill("owner")
    page.locator("input[name=password]").fill(application.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{application.url}/")
    told = []
    for words in (re.compile(r"\d+ books shelved"), re.compile("Nothing to do")):
        page.get_by_role("button", name="Run now").first.click()
        if not told:  # the second run is over before it could be seen
            expect(page.get_by_text("Read the shelves").first).to_be_visible(timeout=WITHIN_MS)
        outcome = page.get_by_text(words).first
        expect(outcome).to_be_visible(timeout=WITHIN_MS)
        told.append(outcome.inner_text())
    context.close()
    return told


def test_run_now_takes_ten_missing_books_to_the_shelf_within_two_minutes(outcomes):
    shelved = re.search(r"(\d+) books shelved", outcomes[0])

    assert int(shelved[1]) >= 10


def test_a_second_run_finds_nothing_to_do_and_says_so(outcomes):
    assert re.match(r"Nothing to do: \d+ books are missing", outcomes[1])


@pytest.mark.parametrize(
    "look",
    [{}, {"phone": True, "dark": True}, {"phone": True, "scripts": False}],
    ids=["desktop-light", "phone-dark", "phone-without-scripts"],
)
def test_every_page_fits_its_screen_and_the_browser_has_no_complaint(outcomes, visit, look):
    page = visit(**look)
    found = {}

    for path in PAGES:
        answer = page.goto(path)
        if look.get("scripts", True):
            page.wait_for_load_state("networkidle")  # what is fetched after the page belongs to it
        width = page.evaluate("document.documentElement.scrollWidth")
        found[path] = (answer.status, width <= page.viewport_size["width"], list(page.complaints))
        page.complaints.clear()

    assert found == dict.fromkeys(PAGES, (200, True, []))


def test_the_slash_key_goes_to_the_search_box(visit):
    page = visit()

    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.type") == "search"


def test_a_run_can_be_started_without_scripts(outcomes, visit):
    page = visit(scripts=False)

    page.get_by_role("button", name="Run now").first.click()

    expect(page.locator("main")).to_contain_text(re.compile(r"run|queued|running", re.IGNORECASE))
