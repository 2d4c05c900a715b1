"""What outside sources of facts are called."""

_NAMES = {
    "audible": "Audible",
    "audiobookshelf": "Audiobookshelf",
    "audnexus": "Audnexus",
    "folder": "the folder",
    "goodreads": "Goodreads",
    "google-books": "Google Books",
    "hardcover": "Hardcover",
    "itunes": "iTunes",
    "library": "the library",
    "mam": "MyAnonamouse",
    "open-library": "Open Library",
    "prowlarr": "Prowlarr",
    "speech": "the spoken opening",
}


def source_name(source: str) -> str:
    """A source as people write it; one that is not known here is told as it is."""
    return _NAMES.get(source, source)
