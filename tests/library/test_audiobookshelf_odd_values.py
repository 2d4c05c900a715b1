"""Texts and numbers that no decoder or database takes, in answers of the library server."""

import json
from collections.abc import Iterator

import pytest

from library.audiobookshelf import AudiobookshelfClient, BrokenItem, Item, UnexpectedAnswer
from tests.library.replayed import GLASS_ORCHARD, LIBRARY, Replay, recorded, visiting


@pytest.fixture
def server() -> Replay:
    return Replay()


@pytest.fixture
def client(server: Replay) -> Iterator[AudiobookshelfClient]:
    with visiting(server) as client:
        yield client


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"Emma \ud83d", "Emma \ufffd"),
        (r"\uDE00 Emma", "\ufffd Emma"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud800 \ud800", "\\ud800 \ufffd"),
        (r"\ud800\u0041", "\ufffdA"),
    ],
)
def test_half_a_character_is_replaced_and_nothing_else(text, read, client, server):
    batch = json.dumps(recorded("items-batch-get.json"))
    title = json.dumps(recorded("items-batch-get.json")["libraryItems"][0]["media"]["metadata"]["title"])
    server.will(200, batch.replace(title, f'"{text}"'))
    first, *others = client.items([GLASS_ORCHARD])

    server.will(
        200, json.dumps(recorded("library-items.json")).replace('"results": [', f'"text": "{text}", "results": [')
    )
    server.answers.pop(0)
    page = client.items_page(LIBRARY, 0)

    assert isinstance(first, Item)
    assert first.title == read
    assert all(isinstance(one, Item) for one in others)
    assert (len(page.rows), page.broken) == (page.total, ())


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda row: row.update(size=10**25), "size is out of range"),
        (lambda row: row.update(updatedAt=-(10**25)), "updatedAt is out of range"),
        (
            lambda row: row["media"]["audioFiles"][0]["metadata"].update(size=2**63),
            "the size of a file is out of range",
        ),
        (lambda row: row["media"]["audioFiles"][0].update(bitRate=1e30), "the bit rate of a file is out of range"),
        (lambda row: row["media"].update(duration="NaN"), "Expected `float | null`, got `str` - at `$.media.duration`"),
        (lambda row: row["media"].update(duration="1e400"), "Number out of range - at `$.media.duration`"),
    ],
)
def test_a_number_that_nothing_can_hold_breaks_its_item_alone(damage, why, client, server):
    batch = recorded("items-batch-get.json")
    damage(batch["libraryItems"][0])
    server.will(200, json.dumps(batch).replace('"1e400"', "1e400"))

    odd, sound = client.items(["first", "second"])

    assert odd == BrokenItem(GLASS_ORCHARD, why)
    assert isinstance(sound, Item)


@pytest.mark.parametrize("told", ["1e400", "Infinity", "NaN"])
def test_a_single_item_with_such_a_number_is_refused(told, client, server):
    row = recorded("item.expanded-m4b.json")
    row["media"]["duration"] = "?"
    server.will(200, json.dumps(row).replace('"?"', told))

    with pytest.raises(UnexpectedAnswer, match="duration is out of range"):
        client.item(GLASS_ORCHARD)
