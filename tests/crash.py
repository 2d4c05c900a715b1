"""Kills the worker again and again in the middle of a cycle, and compares with a cycle that nobody disturbed.

`python -m tests.crash [--kills 500] [--seed N]` prints its seed first, so that what failed can be repeated.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.crash_stage import Broken, Moment, Outcome, Stage

KILLS_A_CYCLE = 4  # a run that dies five times without any progress is given up, and rightly so
LONGEST_S = 60.0  # of real time: a cycle that takes longer hangs


def undisturbed(stage: Stage) -> Outcome:
    """One cycle from beginning to end in one process."""
    stage.reset()
    began = time.monotonic()
    stage.forks.do("work")
    return stage.outcome(began)


def disturbed(stage: Stage, moments: Sequence[Moment]) -> Outcome:
    """One cycle whose worker is killed at these moments, and started again at once."""
    stage.reset()
    began = time.monotonic()
    killed_in: list[str] = []
    for moment in sorted(moments):
        worker = stage.forks.start("work")
        stage.wait_for(moment, worker)
        kill_group(worker)
        if stage.forks.wait() != -signal.SIGKILL:
            break  # it had ended before
        killed_in.append(stage.phase())
    alarm = threading.Timer(LONGEST_S, kill_group, [stage.forks.start("work")])
    alarm.start()
    stage.forks.wait()
    alarm.cancel()
    outcome = stage.outcome(began)
    outcome.killed_in = killed_in
    return outcome


def kill_group(worker: int) -> None:
    """End a worker and all its processes at once, if it has not ended by itself."""
    with suppress(ProcessLookupError):
        os.killpg(worker, signal.SIGKILL)


def plan(kills: int, undisturbed: Outcome, chance: random.Random) -> list[Moment]:
    """Spread moments by chance over the length of a cycle, in random order.

    There is one in every phase, however short, and the others are in as many equal stretches of the whole.
    """
    spans = list(undisturbed.rows["spans"].values())[:kills]
    equal = kills - len(spans)
    spans += [
        (undisturbed.seconds * number / equal, undisturbed.seconds * (number + 1) / equal) for number in range(equal)
    ]
    moments = []
    for begin, end in spans:
        at = chance.uniform(begin, end)
        requests = bisect(undisturbed.asked_at, at)
        moments.append(Moment(requests, at - (undisturbed.asked_at[requests - 1] if requests else 0.0)))
    chance.shuffle(moments)
    return moments


def kill(stage: Stage, right: Outcome, kills: int, chance: random.Random) -> Iterator[Outcome]:
    """Work cycles and kill their workers until it was done so many times; gives what each cycle left."""
    left = kills
    while left > 0:
        moments = plan(left, right, chance)
        for start in range(0, len(moments), KILLS_A_CYCLE):
            outcome = disturbed(stage, moments[start : start + KILLS_A_CYCLE])
            left -= len(outcome.killed_in)
            yield outcome


def compare(right: Outcome, other: Outcome) -> None:
    """Tell whether a disturbed cycle ended as one that nobody disturbed.

    :raises Broken: with every difference in words.
    """
    troubles = [*_differences(right, other), *_repetitions(other)]
    if troubles:
        raise Broken("; ".join(troubles) + f" (killed in {', '.join(other.killed_in)})")


def _differences(right: Outcome, other: Outcome) -> Iterator[str]:
    if right.shelves != other.shelves:
        yield f"the shelves differ in {sorted(set(right.shelves.items()) ^ set(other.shelves.items()))}"
    for name in ("phases", "books", "wants", "downloads", "shelvings", "editions", "coverages", "changes"):
        if (expected := right.rows[name]) != (found := other.rows[name]):
            yield f"{name} differ: {_difference(expected, found)}"
    if (expected := _counted(right)) != (found := _counted(other)):
        yield f"counts differ: {_difference(expected, found)}"
    if (status := other.rows["run"]["status"]) != "succeeded":
        yield f"the run is {status}: {other.rows['run']['failure']}"


def _counted(outcome: Outcome) -> dict[str, int]:
    """The counts of a run without those that tell what the last look at the shelves found."""
    return {name: count for name, count in outcome.rows["counts"].items() if name not in ("new", "changed")}


def _difference(expected: Any, found: Any) -> str:
    left, right = (list(one.items()) if isinstance(one, dict) else one for one in (expected, found))
    return f"{[one for one in left if one not in right]} became {[one for one in right if one not in left]}"


def _repetitions(other: Outcome) -> Iterator[str]:
    if other.rows["held"]:
        yield f"held for ever: {other.rows['held']}"
    for tag in other.rows["tags"]:
        if other.added[tag] != 1:
            yield f"the torrent of {tag} was added {other.added[tag]} times"
    for path, bodies in other.patched.items():
        if len(set(bodies)) > 1:
            yield f"{path} was written {len(bodies)} times with different values"
    if any(count > 1 for count in other.rows["shelvings"]):
        yield "a download was shelved twice"
    for what in ("editions", "coverages", "changes"):
        if twice := [row for row, count in Counter(map(json.dumps, other.rows[what])).items() if count > 1]:
            yield f"{what} that are there twice: {twice}"


def measure(stage: Stage) -> Outcome:
    """An undisturbed cycle, run twice: the first makes audio files that the later ones find."""
    first = undisturbed(stage)
    stage.keep_payloads()
    second = undisturbed(stage)
    if failed := {name: how for name, how in second.rows["phases"].items() if how != "done"}:
        raise Broken(f"phases fail without being disturbed: {failed}")
    compare(first, second)
    return second


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill as often as asked for; the exit code is 1 if a cycle ended otherwise than an undisturbed one."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None, help="repeats the moments of an earlier call")
    options = parser.parse_args(arguments)
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    hit: Counter[str] = Counter()
    broken = 0
    with tempfile.TemporaryDirectory(prefix="mamcrawler-crash-") as folder, Stage(Path(folder)) as stage:
        right = measure(stage)
        for number, outcome in enumerate(kill(stage, right, options.kills, random.Random(seed)), start=1):
            hit.update(outcome.killed_in)
            try:
                compare(right, outcome)
            except Broken as error:
                broken += 1
                sys.stdout.write(f"cycle {number}: {error}\n")
                sys.stdout.flush()
    where = ", ".join(f"{count} in {phase or 'no phase'}" for phase, count in hit.most_common())
    sys.stdout.write(f"seed {seed}: {hit.total()} kills ({where}), {broken} cycles ended otherwise\n")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
