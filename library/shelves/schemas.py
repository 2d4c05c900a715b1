"""What the API says of shelves."""

from datetime import datetime

from ninja import Field, Schema

from library import services
from library.models import Shelf


class ShelfOut(Schema):
    """Where books are kept."""

    id: int
    kind: Shelf.Kind
    name: str
    path: str
    is_active: bool = Field(description="Whether it is read and written to; what it holds counts as owned even if not.")
    created_at: datetime
    synced_at: datetime | None


class ShelfDetailOut(ShelfOut):
    """A shelf and what it holds; with it go its copies, and the books that nothing else tells of."""

    copies: int = Field(description="Vanished ones as well.")
    books: int
    why_kept: str = Field(description="Why it can not be removed; empty if it can.")

    @staticmethod
    def resolve_why_kept(shelf: Shelf) -> str:
        """It would come back by itself."""
        return services.why_kept(shelf)


class SwitchIn(Schema):
    """Whether a shelf is read and written to."""

    is_active: bool


class RemovedOut(Schema):
    """How much went with a shelf; no file was touched."""

    copies: int
    books: int
    series: int
    authors: int


class FolderIn(Schema):
    """A folder of audio files to keep as a shelf."""

    path: str = Field(min_length=2, max_length=1000, description="Absolute, as this program sees it.")
    name: str = Field("", max_length=200, description="The folder's own name when empty.")


class VanishedIn(Schema):
    """The word that items of a shelf are really gone."""

    gone: int = Field(ge=1, le=10_000_000, description="As many as the open finding `library.vanished` tells of.")
