"""Files come onto the shelf whole or not at all, whatever the disk does and wherever the process dies."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path, PurePosixPath

import pytest

from acquisition import placing
from acquisition.placing import CopyNotAllowed, Method, PlacingError, ShelfFull, TargetExists
from library import paths
from library.paths import OutsideShelf

ROOT = Path(__file__).parent.parent.parent
MOUNT = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs"]


@pytest.fixture
def downloads(tmp_path):
    folder = tmp_path / "downloads"
    (folder / "CD 1").mkdir(parents=True)
    (folder / "CD 1" / "01.mp3").write_bytes(b"one" * 50_000)
    (folder / "02.mp3").write_bytes(b"two" * 50_000)
    return folder


@pytest.fixture
def shelf(tmp_path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


@pytest.fixture
def too_big(tmp_path):
    path = tmp_path / "big.mp3"
    path.write_bytes(b"big" * 100_000)
    return path


@pytest.fixture
def other_disk(tmp_path):
    """A folder on another file system that takes 200 kB: a small tmpfs, or shared memory with a limit on file sizes."""
    folder = tmp_path / "other disk"
    folder.mkdir()
    if os.geteuid() == 0 and not subprocess.run([*MOUNT, folder], check=False, capture_output=True).returncode:
        yield folder
        subprocess.run(["umount", folder], check=True)
        return
    shared = Path(tempfile.mkdtemp(dir="/dev/shm"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield shared
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    shutil.rmtree(shared)


def book(downloads):
    return [
        (downloads / "CD 1" / "01.mp3", PurePosixPath("CD 1/01.mp3")),
        (downloads / "02.mp3", PurePosixPath("02.mp3")),
    ]


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_linked_under_their_new_name_and_stay_where_they_seed(downloads, shelf):
    target = shelf / "Jane Austen" / "Emma"

    placed = placing.place(book(downloads), target, staging_root=shelf)

    assert set(placed.methods.values()) == {Method.HARDLINK}
    assert (placed.total_bytes, placed.copied_bytes, placed.warning) == (300_000, 0, "")
    assert (target / "02.mp3").samefile(downloads / "02.mp3")
    assert (target / "CD 1" / "01.mp3").samefile(downloads / "CD 1" / "01.mp3")
    assert files_below(downloads) == ["02.mp3", "CD 1/01.mp3"]
    assert [path.name for path in shelf.iterdir()] == ["Jane Austen"]


def test_another_disk_gets_a_copy_with_a_warning(downloads, other_disk):
    one = book(downloads)[1:]
    os.utime(one[0][0], (1_000_000_000, 1_000_000_000))

    placed = placing.place(one, other_disk / "Emma", staging_root=other_disk)

    assert placed.methods == {PurePosixPath("02.mp3"): Method.COPY}
    assert "1 of 1 files were copied (150,000 bytes more on disk)" in placed.warning
    assert (other_disk / "Emma" / "02.mp3").read_bytes() == one[0][0].read_bytes()
    assert (other_disk / "Emma" / "02.mp3").stat().st_mtime == 1_000_000_000
    assert placing.same_file_system(downloads, other_disk / "not" / "there") is False


def test_a_copy_that_is_not_allowed_leaves_nothing(downloads, other_disk):
    with pytest.raises(CopyNotAllowed, match=r"02\.mp3"):
        placing.place(book(downloads)[1:], other_disk / "Emma", staging_root=other_disk, allow_copy=False)

    assert list(other_disk.iterdir()) == []


def test_a_full_shelf_says_what_is_needed_and_keeps_nothing_half(downloads, too_big, other_disk):
    sources = [*book(downloads)[1:], (too_big, PurePosixPath("03.mp3"))]

    with pytest.raises(ShelfFull, match="needs 450,000 bytes") as full:
        placing.place(sources, other_disk / "Jane Austen" / "Emma", staging_root=other_disk)

    assert full.value.needed_bytes == 450_000
    assert full.value.free_bytes > 0
    assert list(other_disk.iterdir()) == []
    assert all(source.exists() for source, _ in sources)


def test_a_full_shelf_takes_what_fits_afterwards(downloads, too_big, other_disk):
    target = other_disk / "Emma"
    with pytest.raises(ShelfFull):
        placing.place([(too_big, PurePosixPath("02.mp3"))], target, staging_root=other_disk)

    placing.place(book(downloads)[1:], target, staging_root=other_disk)

    assert files_below(target) == ["02.mp3"]


def test_placing_again_is_success(downloads, shelf):
    target = shelf / "Emma"
    placing.place(book(downloads), target, staging_root=shelf)
    (target / "metadata.json").write_text("{}")  # Audiobookshelf was here in between

    again = placing.place(book(downloads), target, staging_root=shelf)

    assert again.was_there is True
    assert set(again.methods.values()) == {Method.HARDLINK}


def test_a_copy_with_the_same_content_is_known_again(downloads, shelf):
    target = shelf / "Emma"
    target.mkdir()
    (target / "02.mp3").write_bytes((downloads / "02.mp3").read_bytes())

    placed = placing.place(book(downloads)[1:], target, staging_root=shelf)

    assert placed.was_there is True
    assert placed.methods == {PurePosixPath("02.mp3"): Method.COPY}


@pytest.mark.parametrize(
    "there",
    [
        {"02.mp3": b"TWO" * 50_000, "CD 1/01.mp3": b"one" * 50_000},
        {"02.mp3": b"two" * 50_000},
        {"02.mp3": b"two" * 50_000, "CD 1/01.mp3": b"one" * 50_000, "extra.mp3": b"x"},
        {"another book.m4b": b"x"},
    ],
)
def test_other_files_at_the_target_are_never_touched(downloads, shelf, there):
    target = shelf / "Emma"
    for name, content in there.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)

    with pytest.raises(TargetExists, match="Emma"):
        placing.place(book(downloads), target, staging_root=shelf)

    assert {name: (target / name).read_bytes() for name in files_below(target)} == there


def test_a_file_or_a_dangling_link_at_the_target_is_never_replaced(downloads, shelf):
    (shelf / "Emma").write_text("a file")
    (shelf / "Persuasion").symlink_to("nowhere")

    for name in ("Emma", "Persuasion"):
        with pytest.raises(TargetExists):
            placing.place(book(downloads), shelf / name, staging_root=shelf)

    assert (shelf / "Emma").read_text() == "a file"
    assert (shelf / "Persuasion").is_symlink()


def test_an_empty_folder_at_the_target_is_filled(downloads, shelf):
    (shelf / "Emma").mkdir()

    placing.place(book(downloads), shelf / "Emma", staging_root=shelf)

    assert files_below(shelf / "Emma") == ["02.mp3", "CD 1/01.mp3"]


@pytest.mark.parametrize("name", ["Who? What*: <Why> | “\\”.mp3", "🎧👩‍🚀.mp3", "…dots….mp3", "x" * 251 + ".mp3"])
def test_any_name_is_placed_as_it_is_and_in_its_safe_form(tmp_path, shelf, name):
    source = tmp_path / name
    source.write_bytes(b"sound")
    safe = PurePosixPath(paths.file_name(f"CD 1/{name}"))

    placing.place([(source, PurePosixPath(name))], shelf / "as it is", staging_root=shelf)
    placing.place([(source, safe)], shelf / "safe", staging_root=shelf)

    assert (shelf / "as it is" / name).samefile(source)
    assert (shelf / "safe" / safe).samefile(source)


@pytest.mark.parametrize("relative", ["../out.mp3", "/tmp/out.mp3", "a/../../out.mp3"])
def test_a_place_outside_of_the_target_is_refused(downloads, shelf, relative):
    with pytest.raises(OutsideShelf):
        placing.place([(downloads / "02.mp3", PurePosixPath(relative))], shelf / "Emma", staging_root=shelf)

    assert list(shelf.iterdir()) == []


def test_two_files_in_one_place_and_no_file_at_all_are_refused(downloads, shelf):
    twice = [(source, PurePosixPath("same.mp3")) for source, _ in book(downloads)]

    for sources in (twice, []):
        with pytest.raises(PlacingError):
            placing.place(sources, shelf / "Emma", staging_root=shelf)

    assert list(shelf.iterdir()) == []


def test_a_source_that_vanished_leaves_nothing(downloads, shelf):
    (downloads / "02.mp3").unlink()

    with pytest.raises(FileNotFoundError):
        placing.place(book(downloads), shelf / "Emma", staging_root=shelf)

    assert list(shelf.iterdir()) == []


def test_staging_on_another_disk_than_the_shelf_is_refused(downloads, shelf, other_disk):
    with pytest.raises(PlacingError, match="staging folder"):
        placing.place(book(downloads)[1:], shelf / "Emma", staging_root=other_disk)

    assert list(other_disk.iterdir()) == []
    assert files_below(shelf) == []


KILLED_AND_REPEATED = textwrap.dedent("""
    import json, os, shutil, sys
    from pathlib import Path, PurePosixPath
    from acquisition import placing

    downloads, shelf = Path(sys.argv[1]), Path(sys.argv[2])
    target = shelf / "Jane Austen" / "Emma"
    sources = [(downloads / name, PurePosixPath(name)) for name in ("CD 1/01.mp3", "02.mp3")]
    calls = [(os, "mkdir"), (os, "link"), (os, "rename"), (os, "fsync"), (os, "rmdir"), (os, "utime"),
             (shutil, "copyfileobj"), (shutil, "rmtree")]

    def die_after(calls_left):
        def deadly(call):
            def counted(*arguments, **options):
                nonlocal calls_left
                calls_left -= 1
                if calls_left < 0:
                    os._exit(9)
                return call(*arguments, **options)
            return counted
        for module, name in calls:
            setattr(module, name, deadly(getattr(module, name)))

    def files_below(folder):
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    ends = []
    for calls_left in range(60):
        child = os.fork()
        if child == 0:
            die_after(calls_left)
            placing.place(sources, target, staging_root=shelf)
            os._exit(0)
        end = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        shown = files_below(target)
        placing.place(sources, target, staging_root=shelf)
        ends.append({"end": end, "shown": shown, "after_repeating": sorted(map(str, shelf.iterdir())),
                     "placed": files_below(target), "seeding": files_below(downloads)})
        placing.unplace(target, sources, root=shelf)
        if end == 0:
            break
    print(json.dumps(ends))
""")


@pytest.mark.parametrize("disk", ["same disk", "other disk"])
def test_killed_at_any_call_the_next_attempt_completes_it(downloads, shelf, other_disk, disk):
    (downloads / "02.mp3").write_bytes(b"2")
    place_on = shelf if disk == "same disk" else other_disk
    whole = ["02.mp3", "CD 1/01.mp3"]

    process = subprocess.run(
        [sys.executable, "-c", KILLED_AND_REPEATED, downloads, place_on],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )

    attempts = json.loads(process.stdout.splitlines()[-1])
    assert [attempt["end"] for attempt in attempts] == [9] * (len(attempts) - 1) + [0]
    assert len(attempts) > 8
    assert all(attempt["shown"] in ([], whole) for attempt in attempts)
    assert all(attempt["after_repeating"] == [str(place_on / "Jane Austen")] for attempt in attempts)
    assert all(attempt["placed"] == attempt["seeding"] == whole for attempt in attempts)


def test_unplacing_takes_off_what_was_placed_and_the_folders_made_for_it(downloads, shelf):
    target = shelf / "Jane Austen" / "Emma"
    placing.place(book(downloads), target, staging_root=shelf)

    undone = placing.unplace(target, book(downloads), root=shelf)

    assert len(undone.removed) == 2
    assert undone.kept == ()
    assert list(shelf.iterdir()) == []
    assert files_below(downloads) == ["02.mp3", "CD 1/01.mp3"]
    assert placing.unplace(target, book(downloads), root=shelf).removed == ()


def test_unplacing_keeps_what_changed_or_has_no_source_any_more(downloads, shelf):
    target = shelf / "Emma"
    placing.place(book(downloads), target, staging_root=shelf)
    (target / "02.mp3").unlink()
    (target / "02.mp3").write_bytes(b"retagged")
    (downloads / "CD 1" / "01.mp3").unlink()

    undone = placing.unplace(target, book(downloads), root=shelf)

    assert undone.removed == ()
    assert set(undone.kept) == {PurePosixPath("CD 1/01.mp3"), PurePosixPath("02.mp3")}
    assert files_below(target) == ["02.mp3", "CD 1/01.mp3"]


def test_unplacing_takes_off_a_copy_but_not_the_books_beside_it(downloads, shelf):
    target = shelf / "Jane Austen" / "Emma"
    target.mkdir(parents=True)
    (target / "02.mp3").write_bytes((downloads / "02.mp3").read_bytes())
    (target.parent / "Persuasion.m4b").write_bytes(b"x")

    placing.unplace(target, book(downloads), root=shelf)

    assert files_below(shelf) == ["Jane Austen/Persuasion.m4b"]


def test_one_file_system_is_recognised_before_folders_exist(downloads, shelf):
    assert placing.same_file_system(downloads, shelf / "Author" / "Title") is True
