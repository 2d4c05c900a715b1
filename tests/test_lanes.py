"""The runner of the test lanes, on small lanes of its own."""

import pytest

from tests import lanes
from tests.lanes import Lane

pytestmark = pytest.mark.processes


@pytest.fixture
def lane(tmp_path):
    """A lane over one file of tests, without this project's settings."""

    def make(code: str, **more) -> Lane:
        file = tmp_path / "test_it.py"
        file.write_text(code)
        return Lane("small", (str(file), "-p", "no:django", "-c", "/dev/null", "--rootdir", str(tmp_path)), **more)

    return make


ALL_KINDS = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_skipped(): pass
@pytest.fixture
def broken(): raise ValueError
def test_error(broken): pass
"""


def test_a_lane_counts_what_passed_failed_and_was_skipped(lane):
    outcome = lanes.run(lane(ALL_KINDS), is_ci=False)

    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.is_bad) == (1, 2, 1, True)


def test_a_lane_that_collects_nothing_fails_everywhere(lane):
    outcome = lanes.run(lane(""), is_ci=False)

    assert (outcome.complaint, outcome.is_bad) == ("collected no test", True)


@pytest.mark.parametrize(("is_ci", "is_bad"), [(False, False), (True, True)])
def test_a_lane_whose_program_is_missing_is_left_out_with_a_line_but_fails_in_ci(lane, is_ci, is_bad):
    outcome = lanes.run(lane("", lacking=lanes.without("no-such-program")), is_ci=is_ci)

    assert outcome.is_bad is is_bad
    assert str(outcome).endswith("small: no-such-program is not installed")


@pytest.mark.parametrize(("may_skip", "is_bad"), [(False, True), (True, False)])
def test_in_ci_only_a_lane_that_may_skip_can_skip_tests(lane, may_skip, is_bad):
    skipping = "import pytest\n@pytest.mark.skip\ndef test_it(): pass\n"

    assert lanes.run(lane(skipping, may_skip=may_skip), is_ci=True).is_bad is is_bad


def test_the_last_line_sums_up_and_an_unknown_lane_is_named(lane, monkeypatch, capsys):
    monkeypatch.setattr(lanes, "LANES", (lane(ALL_KINDS),))

    assert lanes.main(["small"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 2 failed"
    assert lanes.main(["large"]) == 2
    assert "no such lane: large; there are small" in capsys.readouterr().err
