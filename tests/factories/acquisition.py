"""The smallest valid rows of the acquisition app: wants and what becomes of them."""

import factory
from factory.django import DjangoModelFactory

from acquisition.models import Candidate, Download, DownloadEvent, FailedAttempt, Inspection, PathMapping, Want
from tests.factories.library import BookFactory
from tests.factories.tracker import ReleaseFactory


class WantFactory(DjangoModelFactory[Want]):
    class Meta:
        model = Want

    book = factory.SubFactory(BookFactory)


class CandidateFactory(DjangoModelFactory[Candidate]):
    class Meta:
        model = Candidate

    want = factory.SubFactory(WantFactory, status=Want.Status.CHOSEN)
    release = factory.SubFactory(ReleaseFactory)
    verdict = Candidate.Verdict.ACCEPTED
    match_score = 0.97
    policy = "test"


class DownloadFactory(DjangoModelFactory[Download]):
    class Meta:
        model = Download

    candidate = factory.SubFactory(CandidateFactory)


class DownloadEventFactory(DjangoModelFactory[DownloadEvent]):
    class Meta:
        model = DownloadEvent

    download = factory.SubFactory(DownloadFactory)
    was = Download.Status.INTENDED
    became = Download.Status.ADDED


class InspectionFactory(DjangoModelFactory[Inspection]):
    class Meta:
        model = Inspection

    download = factory.SubFactory(DownloadFactory)
    verdict = Inspection.Verdict.PASSED


class FailedAttemptFactory(DjangoModelFactory[FailedAttempt]):
    class Meta:
        model = FailedAttempt

    book = factory.SubFactory(BookFactory)
    release = factory.SubFactory(ReleaseFactory)
    reason = "it did not decode"


class PathMappingFactory(DjangoModelFactory[PathMapping]):
    class Meta:
        model = PathMapping

    system = "qbittorrent"
    theirs = factory.Sequence(lambda n: f"/downloads/{n}")
    ours = "/srv/downloads"
