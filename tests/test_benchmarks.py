"""The benchmarks run at a tiny size, on a database of their own, and print figures in the agreed shape."""

import json
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from mamcrawler.benchmarks.measuring import Figure, Measured

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
