"""What can run, what runs and what ran."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from mamcrawler import cycle
from mamcrawler.operations import jobs
from mamcrawler.operations.access import Visit, curator_required, viewer_required
from mamcrawler.operations.models import JobPhase, JobRun
from mamcrawler.pages.templatetags.present import run_status

A_PAGE = 25


@viewer_required
def job_list(request: Visit) -> HttpResponse:
    """Show the jobs with their last outcome, the active runs and the history."""
    last = _last_runs()
    history = Paginator(JobRun.objects.finished().select_related("requested_by"), A_PAGE)
    context = {
        "jobs": [(job, last.get(job.kind)) for job in _runnable()],
        "runs": JobRun.objects.active().prefetch_related("phases"),
        "last_run": jobs.last_worth_telling(),
        "history": history.get_page(request.GET.get("page")),
    }
    return render(request, "pages/job_list.html", context)


@dataclass(frozen=True)
class Last:
    """What a job did last, by itself or as a phase of the whole run."""

    run: JobRun
    at: datetime
    status: str
    outcome: str
    is_phase: bool = False


def _last_runs() -> dict[str, Last]:
    """By kind of job, what it did last; four queries however much ran."""
    newest = JobRun.objects.values("kind").annotate(newest=Max("pk")).values("newest").order_by()
    last = {
        run.kind: Last(run, run.finished_at or run.requested_at, run_status(run), run.outcome)
        for run in JobRun.objects.filter(pk__in=newest)
    }
    kinds = {job.function: job.kind for job in jobs.JOBS.values()}
    kind_of = {phase.name: kinds.get(phase.work, phase.name) for phase in cycle.PHASES}
    ended = JobPhase.objects.filter(name__in=kind_of, finished_at__isnull=False).order_by()
    newest_phases = ended.values("name").annotate(newest=Max("pk")).values("newest")
    for phase in JobPhase.objects.filter(pk__in=newest_phases).select_related("run"):
        kind, at = kind_of[phase.name], phase.finished_at
        if at is not None and (kind not in last or last[kind].at < at):
            last[kind] = Last(phase.run, at, phase.status, phase.failure or phase.summary, is_phase=True)
    return last


def _runnable() -> list[jobs.Job]:
    return sorted(
        (job for job in jobs.JOBS.values() if job.is_runnable), key=lambda job: (job.kind != "cycle", job.label)
    )


@viewer_required
def active_runs(request: Visit) -> HttpResponse:
    """The active runs alone, for the fragment that renews itself."""
    return _show_runs(request)


@viewer_required
def job_run(request: Visit, pk: int) -> HttpResponse:
    """Show one run with its phases and its report; the fragment renews itself while the run is active."""
    run = get_object_or_404(JobRun.objects.select_related("requested_by").prefetch_related("phases"), pk=pk)
    template = "pages/_run.html" if request.htmx else "pages/job_run.html"
    figures = list(run.report.get("counts", {}).items())  # one of them may be named "items"
    return render(request, template, {"run": run, "figures": figures})


@require_POST
@curator_required
def job_start(request: Visit, kind: str) -> HttpResponse:
    """Ask for a run of a job."""
    if kind not in jobs.JOBS or not jobs.JOBS[kind].is_runnable:
        raise Http404(f"there is no job {kind!r}")
    refusal = ""
    try:
        jobs.request(kind, user=request.user)
    except jobs.AlreadyActive as active:
        refusal = str(active)
    if request.htmx:
        return _show_runs(request, refusal)
    if refusal:
        messages.warning(request, f"{refusal}.")
    return _back(request)


@require_POST
@curator_required
def job_pause(request: Visit, pk: int) -> HttpResponse:
    """Let a run rest."""
    return _told(request, pk, done=jobs.pause(get_object_or_404(JobRun, pk=pk)))


@require_POST
@curator_required
def job_resume(request: Visit, pk: int) -> HttpResponse:
    """Let a paused run go on."""
    return _told(request, pk, done=jobs.unpause(get_object_or_404(JobRun, pk=pk)))


@require_POST
@curator_required
def job_cancel(request: Visit, pk: int) -> HttpResponse:
    """Ask a run to end at its next step."""
    return _told(request, pk, done=jobs.cancel(get_object_or_404(JobRun, pk=pk)))


def _told(request: Visit, pk: int, *, done: bool) -> HttpResponse:
    refusal = "" if done else "The run had ended or changed meanwhile; nothing was done"
    if request.htmx:
        return _show_runs(request, refusal)
    if refusal:
        messages.warning(request, f"{refusal}.")
    return redirect("job-run", pk=pk)


def _show_runs(request: Visit, refusal: str = "") -> HttpResponse:
    runs = JobRun.objects.active().prefetch_related("phases")
    last_run = jobs.last_worth_telling()
    return render(request, "pages/_runs.html", {"runs": runs, "last_run": last_run, "refusal": refusal})


def _back(request: Visit) -> HttpResponse:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return redirect(target)
    return redirect("jobs")
