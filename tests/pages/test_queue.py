"""The queue: what is on its way, what stopped, and what a person may do about it."""

import pytest
from django.urls import reverse

from acquisition.models import Download, Want
from mamcrawler.lib import clock
from tests.factories import DownloadFactory

HTMX = {"HX-Request": "true"}


def stopped_download():
    return DownloadFactory(
        status="failed",
        failure="The tracker did not answer",
        candidate__want__status="snatched",
        settled_at=clock.now(),
    )


def test_the_queue_tells_progress_and_reasons(viewer):
    DownloadFactory(
        status="downloading", info_hash="a" * 40, progress=0.43, speed_bytes_s=2_097_152, eta_s=190, size_bytes=2**30
    )
    stopped_download()

    page = viewer.get(reverse("queue")).content.decode()

    assert 'value="43"' in page
    assert "2.0 MiB/s" in page
    assert "The tracker did not answer" in page
    assert "Try again" not in page


def test_with_htmx_only_the_fragment_is_sent(viewer):
    answer = viewer.get(reverse("queue"), headers=HTMX)

    assert b"<html" not in answer.content
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_stopped_download_is_tried_again(curator, headers):
    download = stopped_download()

    answer = curator.post(reverse("download-retry", args=[download.pk]), headers=headers)

    download.refresh_from_db()
    assert download.status == Download.Status.INTENDED
    assert answer.status_code == (200 if headers else 302)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_download_that_is_given_up_leaves_the_queue(curator, headers):
    download = stopped_download()

    curator.post(reverse("download-give-up", args=[download.pk]), headers=headers)

    assert Want.objects.get().status == Want.Status.ABANDONED
    assert "The tracker did not answer" not in curator.get(reverse("queue")).content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_download_on_its_way_can_not_be_tried_again(curator, headers):
    download = DownloadFactory()

    page = curator.post(reverse("download-retry", args=[download.pk]), headers=headers, follow=True).content.decode()

    assert "Not done: only a download that failed" in page


def test_the_queue_costs_the_same_number_of_queries_however_long(viewer, django_assert_max_num_queries):
    for number in range(12):
        DownloadFactory(status="downloading", info_hash=f"{number:040x}", candidate__want__book__by=f"Author {number}")
        DownloadFactory(status="failed", failure="no answer")

    with django_assert_max_num_queries(20):
        viewer.get(reverse("queue"))
