"""What the sandbox's library server holds and was asked, told without the product."""

from typing import Any

import httpx
from django.conf import settings

from library.models import Edition
from mamcrawler.lib import certificates
from mamcrawler.sandbox.world import SECRETS, World

SIGNED_IN = {"Authorization": f"Bearer {SECRETS.abs_token}"}


def on_server(edition: Edition) -> Any:
    """The item's metadata, as the server tells it and nobody has read it."""
    address = f"{settings.AUDIOBOOKSHELF_URL}/api/items/{edition.external_id}"
    answer = httpx.get(address, headers=SIGNED_IN, verify=certificates.trusted())
    return answer.json()["media"]["metadata"]


def patches(world: World) -> int:
    return sum(asked.method == "PATCH" for asked in world.asked)


def batches(world: World) -> int:
    """How many batches were sent to be written."""
    return sum(asked.path.endswith("/items/batch/update") for asked in world.asked)
