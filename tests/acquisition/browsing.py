"""What tests of the pages for searching and reviewing have in common."""

import pytest
from django.urls import reverse

from mamcrawler.lib import clock
from tests.factories import CandidateFactory, DownloadFactory
from tests.visitors import HTMX

SEARCH = "acquisition:search"
REVIEW = "acquisition:review"
EACH_WAY = pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])


def page_of(client, name, **asked):
    answer = client.get(reverse(name), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client, name, *args, headers=None, **posted):
    return client.post(reverse(f"acquisition:{name}", args=args), posted, headers=headers or {}, follow=not headers)


def unclear(**candidate):
    """A release that only a person can tell; in place of a book's name it takes the want's fields."""
    return CandidateFactory(verdict="ambiguous", want__status="held", want__hold="choice", **candidate)


def stopped(**download):
    return DownloadFactory(
        status="quarantined",
        failure="it is 20 minutes short",
        info_hash="a" * 40,
        candidate__want__status="snatched",
        settled_at=clock.now(),
        **download,
    )
