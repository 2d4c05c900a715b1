"""People who visit the pages."""

import pytest

from tests.visitors import visitor


@pytest.fixture
def viewer():
    return visitor("viewer")


@pytest.fixture
def curator():
    return visitor("curator")
