"""The job that acquires: its rounds are counted over rests and crashes, so that it ends."""

import pytest

from acquisition import services
from acquisition.models import Download
from acquisition.services.following import Followed
from mamcrawler.lib import clock
from mamcrawler.operations import jobs, preferences
from mamcrawler.operations.models import JobRun
from tests.factories import DownloadFactory

pytestmark = pytest.mark.django_db


def test_a_download_that_never_ends_does_not_keep_the_run_going_for_ever(monkeypatch):
    monkeypatch.setattr(services, "follow_downloads", Followed)  # a client where nothing moves
    preferences.change(preferences.SearchRules, by=None, monitor_rounds=2)
    DownloadFactory(status=Download.Status.ADDED, info_hash="a" * 40)
    run = jobs.request("acquire")

    first = jobs.work(run.pk)
    JobRun.objects.filter(pk=run.pk).update(resume_at=clock.now())  # it has rested
    second = jobs.work(run.pk)

    run.refresh_from_db()
    assert first == "to be continued"
    assert second.endswith("1 still downloading")
    assert run.status == JobRun.Status.SUCCEEDED
