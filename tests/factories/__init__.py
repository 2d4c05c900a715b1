"""The smallest valid row of each model; a test states only what matters to it.

One module an app; all of them are found here.
"""

from tests.factories.acquisition import *  # noqa: F403 - every factory, those added later too
from tests.factories.library import *  # noqa: F403 - as above
from tests.factories.metadata import *  # noqa: F403 - as above
from tests.factories.operations import *  # noqa: F403 - as above
from tests.factories.tracker import *  # noqa: F403 - as above
