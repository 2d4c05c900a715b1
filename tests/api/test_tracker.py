"""The account, releases and the tracker's pages over the API."""

import pytest

from mamcrawler.lib.sealing import seal
from tests.factories import AccountReadingFactory, ReleaseFactory
from tracker.models import Document, DocumentVersion, TrackerSession

pytestmark = pytest.mark.django_db


def test_an_account_that_was_never_read_says_nothing(get):
    assert get("/account").json() == {"reading": None, "session": None}


def test_the_account_is_told_without_its_cookie(get):
    AccountReadingFactory(ratio=2.4)
    TrackerSession.objects.create(
        seed_digest="example digest", sealed_cookie=seal("example-cookie"), state="rejected", reason="renew it"
    )

    response = get("/account")

    told = response.json()
    assert (told["reading"]["ratio"], told["reading"]["buffer_bytes"]) == (2.4, 1_400_000_000_000)
    assert (told["session"]["state"], told["session"]["is_usable"]) == ("rejected", False)
    assert "digest" not in response.content.decode()
    assert "cookie" not in response.content.decode()


def test_releases_are_listed_and_filtered(get):
    ReleaseFactory(title="Mort", series=[["Discworld", "4"]], authors=["Terry Pratchett"], freeleech=True)
    ReleaseFactory(title="Emma", tracker_id=None, guid="http://127.0.0.1/download?apikey=example-key")

    everything, free = get("/releases"), get("/releases", free=True, q="mor")

    [mort] = free.json()["items"]
    assert everything.json()["count"] == 2
    assert mort["series"] == [{"name": "Discworld", "position": "4"}]
    assert mort["page_url"].endswith(f"/t/{mort['tracker_id']}")
    assert "apikey" not in everything.content.decode()


def test_a_document_shows_its_newest_text(get):
    document = Document.objects.create(path="/guides/?gid=1", title="How to seed", category="Seeding")
    for number, text in enumerate(["Seed.", "Seed for 72 hours."], 1):
        DocumentVersion.objects.create(document=document, number=number, text=text, digest=str(number), source="import")

    listed = get("/documents", q="seed", category="Seeding").json()
    told = get(f"/documents/{document.pk}").json()

    assert [row["title"] for row in listed["items"]] == ["How to seed"]
    assert told["text"] == "Seed for 72 hours."
    assert [version["number"] for version in told["versions"]] == [2, 1]


def test_a_document_without_text_is_told_all_the_same(get):
    document = Document.objects.create(path="/guides/?gid=2", title="Empty")

    assert get(f"/documents/{document.pk}").json()["text"] == ""
