"""Sources are told by their names."""

import pytest

from mamcrawler.lib.sources import source_name
from mamcrawler.pages.templatetags.present import sources
from metadata.weighing import WEIGHTS


@pytest.mark.parametrize("source", [one for one in WEIGHTS if not one.startswith("speech-")])
def test_every_source_that_is_weighed_has_a_name(source):
    assert source_name(source) != source


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("hardcover", "Hardcover"),
        ("audnexus, mam", "Audnexus, MyAnonamouse"),
        ("folder", "The folder"),
        ("itunes", "iTunes"),
        ("a person", "a person"),
        ("", ""),
    ],
)
def test_sources_begin_a_line(told, named):
    assert sources(told) == named
