"""The way through the pages: what stands in the sidebar and which keys lead there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One entry of the sidebar.

    :param keys: two keys pressed one after the other that lead there.
    :param under: pages below this address belong to the entry as well.
    """

    url_name: str
    label: str
    icon: str
    keys: str = ""
    owner_only: bool = False
    under: str = ""


PLACES = (
    Place("dashboard", "Dashboard", "layout-dashboard", "g d"),
    Place("library:book-list", "Library", "books", "g l"),
    Place("library:series-list", "Series", "stack-2", "g s"),
    Place("library:author-list", "Authors", "users", "g w"),
    Place("library:missing-list", "Missing", "book-off", "g m"),
    Place("library:calendar", "Calendar", "calendar", "g c"),
    Place("library:recommendation-list", "Recommendations", "star", "g n"),
    Place("acquisition:search", "Search", "search", "g f"),
    Place("queue", "Queue", "download", "g q"),
    Place("acquisition:review", "Review", "clipboard-check", "g r"),
    Place("library:duplicate-list", "Repair", "wand", "g e", under="/library/repair/"),
    Place("jobs", "Jobs", "clock-play", "g j"),
    Place("tracker:document-list", "Guides", "notebook", "g g"),
    Place("health", "Health", "heartbeat", "g h"),
    Place("setup", "Set-up", "settings", "g u", owner_only=True),
    Place("admin:index", "Admin", "tool", "g a", owner_only=True),
)
