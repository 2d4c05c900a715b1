"""What to ask the tracker's search for."""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

AUDIOBOOKS = 13
"""The main category of audiobooks."""


class SearchType(StrEnum):
    """Which part of the site to search; the spelling matters to it."""

    ALL = "all"
    ACTIVE = "active"
    INACTIVE = "inactive"
    FREELEECH = "fl"
    FREELEECH_OR_VIP = "fl-VIP"
    VIP = "VIP"
    NOT_VIP = "nVIP"


class SearchQuery(BaseModel, frozen=True):
    """One search of the tracker; the default lists all audiobooks, newest first."""

    text: str = ""
    search_in: tuple[str, ...] = ("title", "author", "narrator", "series")
    search_type: SearchType = SearchType.ALL
    main_cats: tuple[int, ...] = (AUDIOBOOKS,)
    categories: tuple[int, ...] = ()
    languages: tuple[int, ...] = ()
    tracker_id: int | None = None
    info_hash: str = ""  # overrides everything else
    added_from: date | None = None
    added_before: date | None = None
    sort: str = "default"
    start: int = 0
    per_page: int = Field(default=100, ge=5, le=100)  # 1000 is documented, but not everywhere true
    with_description: bool = False
    only_snatched: bool = False

    def payload(self) -> dict[str, Any]:
        """The request's JSON body; never asks for the personal download hash, which is a secret."""
        body: dict[str, Any] = {"tor": self._criteria(), "perpage": self.per_page, "isbn": "", "mediaInfo": ""}
        if self.with_description:
            body["description"] = ""
        if self.only_snatched:
            body["my_snatched"] = ""
        return body

    def _criteria(self) -> dict[str, Any]:
        criteria: dict[str, Any] = {
            "text": self.text,
            "srchIn": list(self.search_in),
            "searchType": self.search_type.value,
            "searchIn": "torrents",
            "cat": [str(category) for category in self.categories] or ["0"],
            "sortType": self.sort,
            "startNumber": str(self.start),
        }
        optional = {
            "main_cat": [str(main_cat) for main_cat in self.main_cats],
            "browse_lang": [str(language) for language in self.languages],  # an empty list gives wrong results
            "startDate": self.added_from.isoformat() if self.added_from else "",
            "endDate": self.added_before.isoformat() if self.added_before else "",
            "hash": self.info_hash,
            "id": str(self.tracker_id or ""),
        }
        return criteria | {name: value for name, value in optional.items() if value}
