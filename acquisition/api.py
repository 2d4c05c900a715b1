"""The API's operations on wants, candidates and downloads."""

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from ninja.errors import HttpError
from ninja.pagination import paginate

from acquisition import services
from acquisition.models import Candidate, Download, Want
from acquisition.schemas import (
    CandidateOut,
    DownloadDetailOut,
    DownloadFilter,
    DownloadOut,
    SearchFilter,
    SearchOut,
    UnshelvedOut,
    WantDetailOut,
    WantFilter,
    WantOut,
)
from library.models import Book
from mamcrawler.operations.api import ApiRequest, Paging

router = Router(tags=["Acquisition"])

_DECIDED = "the want is closed or on its way already: nothing was changed"


@router.post("/books/{int:book_id}/want", response=WantOut)
def want_book(request: ApiRequest, book_id: int) -> Want:
    """Want a book; an open want for it is returned as it is."""
    return services.want_book(get_object_or_404(Book, pk=book_id), by=request.user)


@router.get("/wants", response=list[WantOut])
@paginate(Paging)
def list_wants(request: ApiRequest, filters: Query[WantFilter]) -> QuerySet[Want]:
    """What we look for, most urgent first."""
    return filters.filter(Want.objects.for_list())


@router.get("/wants/{int:want_id}", response=WantDetailOut)
def get_want(request: ApiRequest, want_id: int) -> Want:
    """One want with everything that was found for it and why it was taken or not."""
    return _want(want_id)


@router.post("/wants/{int:want_id}/search", response=WantDetailOut)
def search_want(request: ApiRequest, want_id: int) -> Want:
    """Search for a want now, at the pace of the tracker, which may take a minute."""
    want = get_object_or_404(Want, pk=want_id)
    if want.status in Want.CLOSED or want.status == Want.Status.SNATCHED:
        raise HttpError(409, _DECIDED)
    services.search_want(want)
    return _want(want_id)


@router.post("/wants/{int:want_id}/drop", response=WantOut)
def drop_want(request: ApiRequest, want_id: int) -> Want:
    """Stop looking for a book."""
    want = get_object_or_404(Want.objects.for_list(), pk=want_id)
    if not services.drop_want(want):
        raise HttpError(409, _DECIDED)
    return want


@router.get("/candidates", response=list[CandidateOut])
@paginate(Paging)
def list_candidates(request: ApiRequest) -> QuerySet[Candidate]:
    """Releases of which only a person can say whether they are the book."""
    return Candidate.objects.for_review()


@router.post("/candidates/{int:candidate_id}/approve", response=CandidateOut)
def approve_candidate(request: ApiRequest, candidate_id: int) -> Candidate:
    """Say that a release is the book: it may be snatched as the rules allow."""
    candidate = _candidate(candidate_id)
    return _decided(candidate, services.approve(candidate, by=request.user))


@router.post("/candidates/{int:candidate_id}/dismiss", response=CandidateOut)
def dismiss_candidate(request: ApiRequest, candidate_id: int) -> Candidate:
    """Say that a release is not the book."""
    candidate = _candidate(candidate_id)
    return _decided(candidate, services.dismiss(candidate, by=request.user))


@router.post("/candidates/{int:candidate_id}/restore", response=CandidateOut)
def restore_candidate(request: ApiRequest, candidate_id: int) -> Candidate:
    """Undo a person's verdict: the release is judged by itself again."""
    candidate = _candidate(candidate_id)
    return _decided(candidate, services.restore_candidate(candidate, by=request.user))


@router.post("/candidates/{int:candidate_id}/snatch", response={202: DownloadOut})
def snatch_candidate(request: ApiRequest, candidate_id: int) -> Status[Download]:
    """Take a release now; the rules of budget and pace hold."""
    return Status(202, services.snatch(_candidate(candidate_id)))


@router.get("/downloads", response=list[DownloadOut])
@paginate(Paging)
def list_downloads(request: ApiRequest, filters: Query[DownloadFilter]) -> QuerySet[Download]:
    """Downloads, newest first."""
    return filters.filter(_downloads())


@router.get("/downloads/{int:download_id}", response=DownloadDetailOut)
def get_download(request: ApiRequest, download_id: int) -> Download:
    """One download with its moves and inspections."""
    return get_object_or_404(_downloads().prefetch_related("events", "inspections"), pk=download_id)


@router.post("/downloads/{int:download_id}/retry", response=DownloadOut)
def retry_download(request: ApiRequest, download_id: int) -> Download:
    """Let a stopped download go on."""
    download = get_object_or_404(_downloads(), pk=download_id)
    services.retry(download, by=request.user)
    return download


@router.post("/downloads/{int:download_id}/give-up", response=DownloadOut)
def give_up_download(request: ApiRequest, download_id: int) -> Download:
    """Look no further for the book of a stopped download; torrent and files are left alone."""
    download = get_object_or_404(_downloads(), pk=download_id)
    services.give_up(download, by=request.user)
    return download


@router.post("/downloads/{int:download_id}/unshelve", response=UnshelvedOut)
def unshelve_download(request: ApiRequest, download_id: int) -> dict[str, object]:
    """Undo a shelving: what was placed is taken away, what seeds stays."""
    download = get_object_or_404(_downloads(), pk=download_id)
    kept_files = services.unshelve(download, by=request.user)
    return {"download": download, "kept_files": kept_files}


@router.get("/search", response=SearchOut)
def search(request: ApiRequest, asked: Query[SearchFilter]) -> dict[str, object]:
    """Search Prowlarr and the tracker; what they list is kept as releases."""
    releases = services.search_for(asked.q)
    return {"items": releases, "count": len(releases)}


def _want(want_id: int) -> Want:
    candidates = Candidate.objects.select_related("release", "want__book").order_by("rank", "pk")
    return get_object_or_404(Want.objects.for_list().prefetch_related(Prefetch("candidates", candidates)), pk=want_id)


def _candidate(candidate_id: int) -> Candidate:
    return get_object_or_404(Candidate.objects.select_related("release", "want__book"), pk=candidate_id)


def _decided(candidate: Candidate, is_done: bool) -> Candidate:
    if not is_done:
        raise HttpError(409, _DECIDED)
    return candidate


def _downloads() -> QuerySet[Download]:
    return (
        Download.objects.defer("info_dictionary")
        .select_related("candidate__release", "candidate__want__book")
        .order_by("-snatched_at", "-pk")
    )
