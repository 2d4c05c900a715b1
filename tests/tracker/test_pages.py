"""The kept guides: found, read in each version, and harmless."""

import pytest
from django.urls import reverse

from tests.factories import DocumentFactory, DocumentVersionFactory
from tests.visitors import HTMX, queries_of, visitor
from tracker.markdown import to_html

pytestmark = pytest.mark.django_db

LIST = "tracker:document-list"


@pytest.fixture
def viewer():
    return visitor("viewer")


def test_strangers_sign_in_first():
    stranger, document = visitor(), DocumentFactory()

    assert stranger.get(reverse(LIST)).status_code == 302
    assert stranger.get(reverse("tracker:document-detail", args=[document.pk])).status_code == 302


def test_without_guides_the_page_says_so(viewer):
    assert "No guide is kept yet" in viewer.get(reverse(LIST)).content.decode()


def test_guides_are_found_by_the_words_inside(viewer):
    DocumentVersionFactory(document__title="Seeding", text="Keep it running for three days.")
    DocumentVersionFactory(document__title="Uploading", text="Name it well.")

    page = viewer.get(reverse(LIST), {"q": "three running"}).content.decode()

    assert "Seeding" in page
    assert "Uploading" not in page
    assert "No guide holds these words" in viewer.get(reverse(LIST), {"q": "nothing like it"}).content.decode()


def test_with_htmx_only_the_rows_are_sent(viewer):
    assert b"<html" not in viewer.get(reverse(LIST), headers=HTMX).content


def test_a_long_list_takes_as_many_queries_as_a_short_one(viewer):
    DocumentVersionFactory.create_batch(2)
    few = queries_of(viewer, reverse(LIST))

    DocumentVersionFactory.create_batch(20)

    assert queries_of(viewer, reverse(LIST)) == few


def test_a_guide_is_shown_in_its_newest_version_or_in_the_one_asked_for(viewer):
    document = DocumentFactory()
    DocumentVersionFactory(document=document, number=1, text="as it was")
    DocumentVersionFactory(document=document, number=2, text="as it is")
    url = reverse("tracker:document-detail", args=[document.pk])

    assert "as it is" in viewer.get(url).content.decode()
    assert "as it was" in viewer.get(url, {"version": "1"}).content.decode()
    assert "as it is" in viewer.get(url, {"version": "seven"}).content.decode()


def test_a_guide_without_a_version_says_so(viewer):
    page = viewer.get(reverse("tracker:document-detail", args=[DocumentFactory().pk])).content.decode()

    assert "Nothing was stored of this page" in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Rules", "<h2>Rules</h2>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1. a\n\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("**be** *kind* `now`", "<p><strong>be</strong> <em>kind</em> <code>now</code></p>"),
        ("[x](https://example.org/)", '<p><a href="https://example.org/" rel="noreferrer noopener">x</a></p>'),
        ("[x](/rules.php)", "<p>x</p>"),
        ("snake_case and 2 * 3 * 4", "<p>snake_case and 2 * 3 * 4</p>"),
        (r"a \* b", "<p>a * b</p>"),
    ],
)
def test_markdown_is_rendered(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '[x](https://example.org/"onclick="alert(1))',
        '![x](https://example.org/x.png"onerror=alert(1))',
        "**<img src=x onerror=alert(1)>**",
        "# <svg onload=alert(1)>",
    ],
)
def test_nothing_in_a_guide_can_act(text):
    html = to_html(text)

    assert "<script" not in html
    assert "<img" not in html
    assert "<svg" not in html
    assert 'href="javascript' not in html
    assert '"onclick' not in html
