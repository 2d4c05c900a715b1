"""The benchmarks run at a tiny size, on a database of their own, and print figures in the agreed shape."""

import json
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from mamcrawler.benchmarks import measuring
from mamcrawler.benchmarks.library_pages import ROUNDS, quiet_round
from mamcrawler.benchmarks.measuring import Figure, Measured, Stolen
from mamcrawler.benchmarks.page_targets import Target

pytestmark = pytest.mark.processes


def measured(*arguments: str) -> Any:
    out = StringIO()
    with suppress(SystemExit):  # a bar that is missed at this size says nothing
        call_command("benchmark", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.parametrize(
    ("name", "size", "what"),
    [
        ("library_sync", ("--items", "40"), "rows written by the second sync"),
        ("adopt", ("--files", "12"), "audio files adopted a second"),
        ("library_pages", ("--books", "300", "--only", "api book"), "api book: queries"),
    ],
)
def test_a_benchmark_prints_its_figures_with_their_bars(name, size, what):
    told = measured(name, *size)

    assert told["name"] == name
    assert told["conditions"].get("editions", told["conditions"].get("books")) > 0
    figures = {figure["what"]: figure for figure in told["figures"]}
    assert all(set(one) == {"what", "value", "unit", "baseline", "ratio", "bar", "ok"} for one in figures.values())
    assert figures[what]["ok"] is True


def test_a_filled_library_is_kept_and_measured_again(tmp_path):
    asked = ("library_pages", "--books", "300", "--only", "api series list", "--keep", str(tmp_path / "kept"))

    first, again = measured(*asked), measured(*asked)

    assert "filled in seconds" in first["conditions"]
    assert "filled in seconds" not in again["conditions"]
    assert [one["what"] for one in again["figures"]] == [one["what"] for one in first["figures"]]


def test_an_unknown_benchmark_is_refused():
    with pytest.raises(SystemExit) as refused:
        call_command("benchmark", "warp_speed")

    assert refused.value.code == 2


def test_a_bar_holds_for_the_ratio_where_there_is_a_baseline():
    quick = Figure("work", 3.0, "s", bar=2.0, baseline=2.0)
    slow = Figure("work", 5.0, "s", bar=2.0, baseline=2.0)

    assert (quick.ok, slow.ok) == (True, False)
    assert Measured("work", figures=[quick, slow]).ok is False


def test_a_bar_holds_for_the_value_where_the_baseline_only_stands_beside_it():
    quick = Figure("page", 80.0, "ms", bar=100, baseline=2.0, is_absolute=True)
    slow = Figure("page", 120.0, "ms", bar=100, baseline=119.0, is_absolute=True)

    assert (quick.ok, slow.ok) == (True, False)
    assert quick.told()["ratio"] == 40


def test_a_floor_is_the_least_that_will_do():
    assert Figure("files", 150, "files/s", bar=100, is_floor=True).ok
    assert not Figure("files", 50, "files/s", bar=100, is_floor=True).ok


def test_what_the_host_took_is_its_part_of_all_that_there_was(monkeypatch):
    told = iter([[100, 0, 10, 50, 0, 0, 0, 5], [160, 0, 20, 60, 0, 0, 0, 25]])
    monkeypatch.setattr(measuring, "_processor_ticks", lambda: next(told))

    with Stolen() as host:
        pass

    assert host.share == 0.2


class Busy:
    """A server on a machine whose host takes away so much of each round."""

    def __init__(self, monkeypatch, *shares):
        self.asked, self.shares = 0, shares
        monkeypatch.setattr(measuring, "_processor_ticks", self._ticks)

    def processor_ms(self):
        return 0.0

    def ask(self, target, **_):
        self.asked += 1
        return [float(self.asked)] * 3

    def _ticks(self):
        stolen = sum(self.shares[: self.asked])
        return [1_000 * self.asked - stolen, 0, 0, 0, 0, 0, 0, stolen]


@pytest.mark.parametrize(
    ("shares", "asked", "counts"),
    [
        ((0,), 1, 1),
        ((300, 10, 0), 2, 2),  # the second is quiet enough
        ((300, 90, 500, 80, 200), ROUNDS, 4),  # never quiet: the least of all
    ],
)
def test_the_round_that_counts_is_the_one_of_which_the_host_took_least(monkeypatch, shares, asked, counts):
    server = Busy(monkeypatch, *shares)

    quiet = quiet_round(server, Target("page", lambda _: "/"))

    assert server.asked == asked
    assert quiet.took == [float(counts)] * 3
