"""Reading and writing the fields of many editions in few requests; what goes wrong with one stops no other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from library.audiobookshelf import AudiobookshelfClient, BrokenItem, LibraryServerError, NotOnServer, UnexpectedAnswer
from library.models import Edition, Shelf
from library.services import on_shelf
from library.services.sync import connect, metadata_of

log = structlog.get_logger(__name__)

REQUEST = 50
"""So many items go into one request: an item of many files is a hundred kilobytes."""

Values = Mapping[str, Any]


@dataclass
class Answers:
    """The fields of editions as they stand on their shelves, and why some could not be read or written, by key."""

    fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    troubles: dict[int, Exception] = field(default_factory=dict)


def read_all(editions: Sequence[Edition]) -> Answers:
    """Read the fields of editions of any shelves as they stand there now."""
    answers = Answers()
    served = [edition for edition in editions if _is_served(edition)]
    for edition in editions:
        if not _is_served(edition) or len(served) == 1:
            _one(answers, edition)
    if len(served) > 1:
        with connect() as client:
            for some in _chunks(served):
                _read_some(client, some, answers)
    return answers


def put_all(wanted: Sequence[tuple[Edition, Values]]) -> Answers:
    """Write fields of editions of any shelves, and return all their fields as they stand there then.

    Several items of a server are written in one request. Where it refuses that, each is looked at and written by
    itself, so that only those are left out that it really does not take.
    """
    answers = Answers()
    served = [(edition, values) for edition, values in wanted if _is_served(edition)]
    for edition, values in wanted:
        if not _is_served(edition) or len(served) == 1:
            _one(answers, edition, values)
    if len(served) > 1:
        with connect() as client:
            for some in _chunks(served):
                _put_some(client, some, answers)
    return answers


def _put_some(client: AudiobookshelfClient, some: Sequence[tuple[Edition, Values]], answers: Answers) -> None:
    editions = [edition for edition, _ in some]
    try:
        client.batch_update({edition.external_id: on_shelf.patch_of(values) for edition, values in some})
    except (NotOnServer, UnexpectedAnswer) as refusal:
        log.warning("the server refused a batch; items are written one by one", items=len(some), reason=str(refusal))
        for edition, values in some:
            _one(answers, edition, values, is_repeated=True)
    except LibraryServerError as error:
        answers.troubles |= dict.fromkeys([edition.pk for edition in editions], error)
    else:
        _read_some(client, editions, answers, is_ours=True)


def _read_some(
    client: AudiobookshelfClient, editions: Sequence[Edition], answers: Answers, *, is_ours: bool = False
) -> None:
    """Read items in one request.

    :param is_ours: they were just written by us, so that what the server says of their last change is known already.
    """
    try:
        items = {item.id: item for item in client.items([edition.external_id for edition in editions])}
    except LibraryServerError as error:
        answers.troubles |= dict.fromkeys([edition.pk for edition in editions], error)
        return
    for edition in editions:
        item = items.get(edition.external_id)
        if item is None:
            answers.troubles[edition.pk] = NotOnServer(f"{edition}: not on the server")
        elif isinstance(item, BrokenItem):
            answers.troubles[edition.pk] = UnexpectedAnswer(f"{edition}: {item.why}")
        else:
            answers.fields[edition.pk] = metadata_of(item)
            if is_ours:
                edition.server_updated_ms = item.updated_ms


def _one(answers: Answers, edition: Edition, values: Values | None = None, *, is_repeated: bool = False) -> None:
    """Read, or write, a single edition.

    :param is_repeated: some of the values may have been written before.
    """
    try:
        if values is not None and is_repeated:
            here = on_shelf.read(edition)
            values = {name: value for name, value in values.items() if not on_shelf.same(here.get(name), value)}
            answers.fields[edition.pk] = on_shelf.put(edition, values) if values else here
        elif values is not None:
            answers.fields[edition.pk] = on_shelf.put(edition, values)
        else:
            answers.fields[edition.pk] = on_shelf.read(edition)
    except (LibraryServerError, OSError) as error:
        answers.troubles[edition.pk] = error


def _is_served(edition: Edition) -> bool:
    return edition.shelf.kind == Shelf.Kind.AUDIOBOOKSHELF


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), REQUEST):
        yield rows[start : start + REQUEST]
