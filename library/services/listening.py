"""Reading who listened to what on the library server, and the lists of books that people made there.

The server is only read. What it tells is bound to our copy of an item and to its book; what it tells no longer is kept
and says so. Read again with nothing changed, nothing is written.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from library.audiobookshelf import (
    AudiobookshelfClient,
    BrokenItem,
    LibraryServerUnavailable,
    ListeningStats,
    NotOnServer,
    PermissionMissing,
    ServerUser,
    UnexpectedAnswer,
    UserListening,
    Visitor,
)
from library.models import Listener, Shelf
from library.services.keeping_lists import read_lists
from library.services.keeping_progress import keep_progress
from mamcrawler.lib import clock
from mamcrawler.operations import findings

__all__ = ["ListeningReport", "read_listening"]

BROKEN = "library.broken_listening"
ONLY_OUR_OWN = (
    "the token may not list the server's users, so only its own user's progress is read; "
    "for all of them use the API key of an administrator"
)
NO_HOURS = "the server tells no listening times, so hours are taken from how far each book is"


@dataclass
class ListeningReport:
    """What was read and what changed; `notes` say in words what could not be read."""

    listeners: int = 0
    books: int = 0  # in how many somebody has come somewhere
    lists: int = 0
    unknown: int = 0  # items that no sync has brought yet
    changed: int = 0  # rows written
    broken: list[BrokenItem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, words: str) -> None:
        """Say something once."""
        if words not in self.notes:
            self.notes.append(words)


Step = Callable[[ListeningReport], None]


def read_listening(
    client: AudiobookshelfClient, shelves: Sequence[Shelf], *, beat: Callable[[str], object], behind: int = 0
) -> Iterator[ListeningReport]:
    """Read every listener's progress and every shelf's lists; gives a report after each step, which is stored by then.

    :param shelves: libraries of the server.
    :param behind: so many steps were done before, by a run that was cut.
    :raises LibraryServerError: if the server gives no usable answer; what was read so far is kept.
    """
    beat("asking who listens")
    visitor = client.whoami()
    first = ListeningReport()
    steps = _listener_steps(client, visitor, first) + _list_steps(client, shelves, visitor)
    for number, step in enumerate(steps[behind:], start=behind + 1):
        beat(f"reading {number} of {len(steps)}: listeners first, then collections")
        report = first if number == behind + 1 else ListeningReport()
        step(report)
        yield report


def _listener_steps(client: AudiobookshelfClient, visitor: Visitor, report: ListeningReport) -> list[Step]:
    """One step for each listener whose progress the token may read."""
    try:
        listed = client.users()
    except (PermissionMissing, NotOnServer):
        report.note(ONLY_OUR_OWN)
        return [lambda told: _read_listener(client, None, told)]
    report.broken += listed.broken
    _tell_broken("users", listed.broken)
    if not listed.broken:
        gone = Listener.objects.present().exclude(external_id__in=[user.id for user in listed.rows])
        report.changed += gone.update(vanished_at=clock.now())
    users = sorted(listed.rows, key=lambda user: user.id)
    if visitor.id not in {user.id for user in users}:
        return [lambda told: _read_listener(client, None, told), *(_step_of(client, user) for user in users)]
    return [_step_of(client, user) for user in users]


def _step_of(client: AudiobookshelfClient, user: ServerUser) -> Step:
    return lambda told: _read_listener(client, user, told)


def _list_steps(client: AudiobookshelfClient, shelves: Sequence[Shelf], visitor: Visitor) -> list[Step]:
    def step_of(shelf: Shelf) -> Step:
        return lambda told: _read_lists(client, shelf, visitor.id, told)

    return [step_of(shelf) for shelf in shelves]


def _read_listener(client: AudiobookshelfClient, user: ServerUser | None, report: ListeningReport) -> None:
    """Read how far one listener came; our own user is None, for whom no token needs a permission."""
    try:
        listening = client.listening_of(user.id) if user else client.own_listening()
    except (PermissionMissing, NotOnServer):
        report.note("a listener's progress may not be read, or the account has just gone")
        return
    except UnexpectedAnswer as error:
        report.broken.append(BrokenItem(id=user.id if user else "", why=str(error)))
        report.note("a listener's progress could not be understood; what was known stays")
        return
    stats = _stats(client, user, report)
    with transaction.atomic():
        report.changed += _keep_listener(listening)
        listener = Listener.objects.get(external_id=listening.user.id)
        kept = keep_progress(listener, listening.progress, stats.heard_s if stats else None)
    broken = [*listening.progress.broken, *(stats.broken if stats else ())]
    report.listeners += 1
    report.books += kept.told
    report.unknown += kept.unknown
    report.changed += kept.changed
    report.broken += broken
    _tell_broken(f"listener {listener.pk}", broken)


def _stats(client: AudiobookshelfClient, user: ServerUser | None, report: ListeningReport) -> ListeningStats | None:
    """How long was listened to what; None where the server does not tell."""
    try:
        return client.stats_of(user.id) if user else client.own_stats()
    except (PermissionMissing, NotOnServer, UnexpectedAnswer, LibraryServerUnavailable):
        report.note(NO_HOURS)
        return None


def _keep_listener(listening: UserListening) -> int:
    """Keep who it is; returns how many rows were written."""
    name = listening.user.username[:200]
    listener, is_new = Listener.objects.get_or_create(external_id=listening.user.id, defaults={"name": name})
    if is_new:
        return 1
    if (listener.name, listener.vanished_at) == (name, None):
        return 0
    return Listener.objects.filter(pk=listener.pk).update(name=name, vanished_at=None)


def _read_lists(client: AudiobookshelfClient, shelf: Shelf, own_id: str, report: ListeningReport) -> None:
    try:
        kept = read_lists(client, shelf, own_id)
    except (PermissionMissing, NotOnServer):
        report.note(f"the collections of {shelf.name} may not be read")
        return
    report.lists += kept.lists
    report.unknown += kept.unknown
    report.changed += kept.changed
    report.broken += kept.broken
    for words in kept.stalled:
        report.note(words)
    _tell_broken(f"lists of shelf {shelf.pk}", kept.broken)


def _tell_broken(subject: str, broken: Sequence[BrokenItem]) -> None:
    if not broken:
        findings.settle(BROKEN, subject, how="every row can be read")
        return
    findings.report(
        BROKEN,
        subject,
        f"{len(broken)} rows of the library server's {subject} could not be read; the rest is kept.",
        items=[f"{one.id or 'a row'}: {one.why}"[:500] for one in broken[:100]],
    )
