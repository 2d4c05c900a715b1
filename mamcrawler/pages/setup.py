"""The first visit: make the owner's account, see that every system answers, and begin."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import BaseUserCreationForm
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from library import services as library
from library.audiobookshelf import LibraryServerError
from library.models import Shelf
from mamcrawler import doctor
from mamcrawler.operations.access import Visit
from mamcrawler.operations.jobs import JOBS
from mamcrawler.operations.models import JobRun, User
from mamcrawler.operations.sessions import BACKEND
from mamcrawler.pages.access import dress, owner_required


@dataclass(frozen=True)
class System:
    """One row of the set-up: a system and the variables that configure it."""

    name: str
    purpose: str
    variables: tuple[str, ...]
    is_configured: bool

    @property
    def label(self) -> str:
        """The system's own name."""
        return doctor.SYSTEMS[self.name][0]


class OwnerForm(BaseUserCreationForm[User]):
    """Name and password of the first account, which owns everything."""

    class Meta:
        model = User
        fields = ["username"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)

    def save(self, commit: bool = True) -> User:
        """Make the account an owner that may use the admin as well."""
        self.instance.role = User.Role.OWNER
        self.instance.is_staff = self.instance.is_superuser = True
        return super().save(commit)


def setup(request: Visit) -> HttpResponse:
    """Make the owner while there is no user; afterwards show the owner what is configured."""
    if not User.objects.exists():
        return _make_owner(request)
    return _show(request)


def _make_owner(request: Visit) -> HttpResponse:
    form = OwnerForm(request.POST or None)
    with transaction.atomic():
        if form.is_valid() and not User.objects.exists():  # nobody was faster
            owner = form.save()
            login(request, owner, backend=BACKEND)
            return redirect("setup")
    return render(request, "pages/setup_owner.html", {"form": form})


@owner_required
def _show(request: Visit) -> HttpResponse:
    has_run = JobRun.objects.filter(kind="cycle").exists()
    context = {"systems": systems(), "shelves": _shelves(), "may_start": "cycle" in JOBS and not has_run}
    return render(request, "pages/setup.html", context)


@require_POST
@owner_required
def setup_test(request: Visit, system: str) -> HttpResponse:
    """Test the connection to one system."""
    row = next((row for row in systems() if row.name == system), None)
    if row is None:
        raise Http404(f"there is no system {system!r}")
    found = doctor.check(system)
    if request.htmx:
        return render(request, "pages/_setup_system.html", {"system": row, "check": found})
    tell = messages.success if found.is_ok else messages.error
    tell(request, f"{found.label}: {found.message} {found.advice}")
    return redirect("setup")


@require_POST
@owner_required
def setup_shelves(request: Visit) -> HttpResponse:
    """Look for the configured folders and the library server's libraries."""
    refusal = ""
    try:
        library.discover_shelves()
    except LibraryServerError as error:
        refusal = f"Audiobookshelf gave no usable answer: {error}. Test its connection first."
    if request.htmx:
        return render(request, "pages/_setup_shelves.html", {"shelves": _shelves(), "refusal": refusal})
    if refusal:
        messages.error(request, refusal)
    return redirect("setup")


@require_POST
@owner_required
def shelf_switch(request: Visit, pk: int) -> HttpResponse:
    """Have a shelf read from now on, or left alone."""
    shelf = get_object_or_404(Shelf, pk=pk)
    match request.POST.get("to"):
        case "on":
            library.switch_shelf(shelf, on=True, by=request.user)
            messages.success(request, f"{shelf.name} is switched on: the next reading of the shelves reads it.")
        case "off":
            library.switch_shelf(shelf, on=False, by=request.user)
            messages.success(request, f"{shelf.name} is switched off. What it holds still counts as owned.")
        case _:
            messages.error(request, "Nothing was switched: say on or off.")
    return redirect("setup")


@require_POST
@owner_required
def shelf_remove(request: Visit, pk: int) -> HttpResponse:
    """Forget a shelf that was added by mistake; no file is touched."""
    shelf = get_object_or_404(Shelf, pk=pk)
    try:
        gone = library.remove_shelf(shelf, by=request.user)
    except library.CanNotRemove as error:
        messages.error(request, f"Not removed: {error}.")
    else:
        messages.success(
            request,
            f"{shelf.name} was removed: copies {gone.copies}, books {gone.books}, series {gone.series}, "
            f"authors {gone.authors}. No file was touched.",
        )
    return redirect("setup")


def _shelves() -> list[tuple[Shelf, str]]:
    """The shelves with what they hold, and why each can not be removed."""
    return [(shelf, library.why_kept(shelf)) for shelf in Shelf.objects.with_holdings()]


def systems() -> list[System]:
    """What can be configured, in the order in which a person would."""
    return [
        System(
            "audiobookshelf",
            "the library: what you own, and where new books go",
            ("AUDIOBOOKSHELF_URL", "AUDIOBOOKSHELF_TOKEN"),
            bool(settings.AUDIOBOOKSHELF_TOKEN),
        ),
        System(
            "qbittorrent",
            "downloads and seeds",
            ("QBITTORRENT_URL", "QBITTORRENT_USERNAME", "QBITTORRENT_PASSWORD", "QBITTORRENT_SAVE_PATH"),
            bool(settings.QBITTORRENT_URL),
        ),
        System("disk", "room, and hard links between downloads and shelves", ("QBITTORRENT_SAVE_PATH",), True),
        System(
            "tracker", "the tracker: searches, and how the account stands", ("MAM_ID",), bool(settings.TRACKER_COOKIE)
        ),
        System(
            "prowlarr",
            "searches over all your indexers",
            ("PROWLARR_URL", "PROWLARR_API_KEY"),
            bool(settings.PROWLARR_API_KEY),
        ),
        System("hardcover", "which books a series has", ("HARDCOVER_TOKEN",), bool(settings.HARDCOVER_TOKEN)),
        System("audnexus", "narrators, runtimes, chapters; needs no account", ("AUDNEXUS_URL",), True),
    ]
