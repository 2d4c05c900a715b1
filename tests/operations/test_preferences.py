"""Operational numbers: bounded, typed, audited."""

import pytest

from mamcrawler.operations import preferences
from mamcrawler.operations.models import AuditEntry, Setting

pytestmark = pytest.mark.django_db


def test_a_group_that_nobody_changed_has_its_defaults():
    assert preferences.read(preferences.RatioRules).floor_after_snatch == 1.10


def test_a_change_is_kept_and_audited():
    preferences.change(preferences.RatioRules, by=None, floor_after_snatch=1.5)

    assert preferences.read(preferences.RatioRules).floor_after_snatch == 1.5
    assert AuditEntry.objects.get().detail == {"floor_after_snatch": [1.1, 1.5]}


@pytest.mark.parametrize("values", [{"gap_s": 0.5}, {"gap_s": "banana"}, {"speed": 3}])
def test_what_is_out_of_bounds_is_refused_and_changes_nothing(values):
    with pytest.raises(preferences.SettingRefused, match="tracker_pace"):
        preferences.change(preferences.TrackerPace, by=None, **values)

    assert not Setting.objects.exists()
