"""Proposals over the API."""

import pytest

from metadata.models import Proposal
from tests.factories import BookFactory, EditionFactory, ShelfFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(tmp_path):
    """A proposed publisher for an edition in a folder."""
    (tmp_path / "Mort").mkdir()
    edition = EditionFactory(
        shelf=ShelfFactory(path=str(tmp_path)), path="Mort", title="Mort", metadata={"title": "Mort", "publisher": ""}
    )
    return Proposal.objects.create(
        edition=edition, book=BookFactory(title="Mort"), field="publisher", old="", new="Corgi",
        confidence=0.8, sources="audnexus",
    )  # fmt: skip


def test_proposals_are_listed_by_status(get, proposal):
    open_ones, rejected = get("/proposals", status="open"), get("/proposals", status="rejected")

    [told] = open_ones.json()["items"]
    assert (told["edition"], told["field"], told["old"], told["new"]) == ("Mort", "publisher", "", "Corgi")
    assert rejected.json() == {"items": [], "count": 0, "is_capped": False}


def test_a_proposal_is_rejected_once_and_opened_again(post, proposal):
    path = f"/proposals/{proposal.pk}"

    rejected, again, reopened = post(f"{path}/reject"), post(f"{path}/reject"), post(f"{path}/reopen")

    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    assert rejected.json()["decided_by"].startswith("person")
    assert (again.status_code, again.json()["code"]) == (409, "decided_before")
    assert (reopened.status_code, reopened.json()["status"]) == (200, "open")


def test_an_accepted_proposal_is_written(post, proposal):
    response = post(f"/proposals/{proposal.pk}/accept")

    assert (response.status_code, response.json()["status"]) == (200, "accepted")
    proposal.edition.refresh_from_db()
    assert proposal.edition.metadata["publisher"] == "Corgi"
    assert proposal.edition.changes.get().by.username == response.json()["decided_by"]


def test_a_value_that_the_shelf_does_not_take_leaves_the_proposal_open(post, proposal):
    Proposal.objects.filter(pk=proposal.pk).update(field="weight")

    response = post(f"/proposals/{proposal.pk}/accept")

    assert (response.status_code, response.json()["code"]) == (502, "not_written")
    proposal.refresh_from_db()
    assert proposal.status == Proposal.Status.OPEN
