"""What Hardcover's search index holds of the catalogue, and how it is searched."""

from collections import defaultdict
from datetime import UTC, datetime, time
from functools import cached_property
from typing import Any

from mamcrawler.sandbox.catalogue import CatalogueBook, SeriesPlace
from mamcrawler.sandbox.hardcover.rows import Rows, is_odd, isbn, popularity, slug, told_title, words

KINDS = ("Book", "Series", "Author")


class Documents:
    """The search index over books, series and authors; words are indexed at the first search, documents never kept."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def count(self, kind: str) -> int:
        """How many documents of a kind the search index holds."""
        return len(self._subjects.get(kind, ()))

    def search(self, kind: str, text: str, *, first: int, size: int) -> tuple[int, list[dict[str, Any]]]:
        """How many documents hold at least half of the words, and a page of them.

        Those with the most words come first, then the most read.
        """
        wanted = words(text)
        subjects = self._subjects.get(kind, [])
        scores: dict[int, int] = defaultdict(int)
        for word in wanted:
            for place, weight in self._postings.get((kind, word), {}).items():
                scores[place] += 10 + weight
        enough = 10 * (len(wanted) + 1) // 2
        hits = [
            (-score, -self._popularity(subjects[place]), place) for place, score in scores.items() if score >= enough
        ]
        page = sorted(hits)[first : first + size]
        return len(hits), [self._document(kind, subjects[place]) for _, _, place in page]

    @cached_property
    def _subjects(self) -> dict[str, list[Any]]:
        """What each kind has documents of: books, and the names of series and authors."""
        return dict(
            zip(KINDS, (self._rows.catalogue, list(self._rows.series_ids), list(self._rows.people)), strict=True)
        )

    @cached_property
    def _postings(self) -> dict[tuple[str, str], dict[int, int]]:
        """For each kind and word, the places of the documents that hold it and how much the field weighs."""
        found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for kind, subjects in self._subjects.items():
            for place, subject in enumerate(subjects):
                for text, weight in self._texts(kind, subject):
                    for word in words(text):
                        known = found[kind, word]
                        known[place] = max(known.get(place, 0), weight)
        return found

    def _texts(self, kind: str, subject: Any) -> list[tuple[str, int]]:
        """What a subject is found by, and how much it weighs."""
        if kind == "Author":
            return [(subject, 5)]
        if kind == "Series":
            return [(subject, 5), (self._rows.series_of[subject].author, 1)]
        return [
            (f"{subject.title} {subject.subtitle} {isbn(subject)}", 5),
            (" ".join(place.name for place in subject.series), 3),
            (" ".join(subject.authors), 1),
        ]

    def _popularity(self, subject: Any) -> int:
        if isinstance(subject, CatalogueBook):
            return popularity(subject)
        known = self._rows.series_of.get(subject)
        return sum(popularity(book) for book in known.books) if known else len(self._rows.written_by[subject])

    def _document(self, kind: str, subject: Any) -> dict[str, Any]:
        if kind == "Book":
            return self._book_document(subject)
        return self._series_document(subject) if kind == "Series" else self._author_document(subject)

    def _book_document(self, book: CatalogueBook) -> dict[str, Any]:
        number, released_on = self._rows.ids[book.key], book.released_on
        heard = book.performances[0] if book.performances else None
        image = self._rows.image(book)
        cover = dict(image) | {"id": 600002, "color_name": "Black"} if image else {}
        first = book.series[0] if book.series else None
        released_at = datetime.combine(released_on, time(), UTC).timestamp() if released_on else None
        return {
            "activities_count": 10 * popularity(book),
            "alternative_titles": [],
            "audio_seconds": round(self._rows.duration_s(heard)) if heard else None,
            "author_names": list(book.authors),
            "compilation": bool(book.contains),
            "content_warnings": [],
            "contribution_types": ["Author"],
            "contributions": [
                {
                    "author": {"id": self._rows.people[name], "image": {}, "name": name, "slug": slug(name)},
                    "contribution": None,
                }
                for name in book.authors
            ],
            "cover_color": "Black",
            "description": None if is_odd(book, "description", 6) else book.description or None,
            "featured_series": self._featured(book, first) if first else {},
            "featured_series_position": self._featured(book, first)["position"] if first else None,
            "genres": list(book.genres),
            "has_audiobook": bool(book.performances),
            "has_ebook": True,
            "id": str(number),
            "image": cover,
            "isbns": [isbn(book)],
            "lists_count": popularity(book) // 5,
            "moods": [],
            "pages": 476,
            "prompts_count": 0,
            "rating": 4.1,
            "ratings_count": popularity(book) // 2,
            "release_date_i": int(released_at) if released_at is not None else None,
            "release_year": released_on.year if released_on else None,
            "reviews_count": popularity(book) // 30,
            "series_names": [place.name for place in book.series],
            "slug": slug(book.title),
            "subtitle": book.subtitle or None,
            "tags": [],
            "title": told_title(book),
            "users_count": popularity(book),
            "users_read_count": popularity(book) // 2,
        }

    def _featured(self, book: CatalogueBook, place: SeriesPlace) -> dict[str, Any]:
        row, number = self._rows.placing(book, place, self._rows.ids[book.key]), self._rows.series_ids[place.name]
        series = self._rows.series[number]
        counts = {name: series[name] for name in ("books_count", "id", "name", "primary_books_count", "slug")}
        return {
            "details": row["details"],
            "featured": True,
            "id": 700_000 + number,
            "position": row["position"],
            "series": counts,
            "unreleased": book.released_on is None,
        }

    def _series_document(self, name: str) -> dict[str, Any]:
        row, known = self._rows.series[self._rows.series_ids[name]], self._rows.series_of[name]
        return {
            "author": {
                "id": self._rows.people.get(known.author),
                "image": {},
                "name": known.author,
                "slug": slug(known.author),
            },
            "author_name": known.author,
            "books": [book.title for book in known.books][:5],
            "books_count": row["books_count"],
            "id": str(row["id"]),
            "name": name,
            "primary_books_count": row["primary_books_count"],
            "readers_count": sum(popularity(book) for book in known.books),
            "slug": row["slug"],
        }

    def _author_document(self, name: str) -> dict[str, Any]:
        written = self._rows.written_by[name]
        return {
            "alternate_names": [],
            "books": [book.title for book in written][:5],
            "books_count": len(written),
            "id": str(self._rows.people[name]),
            "image": {},
            "name": name,
            "series_names": list(dict.fromkeys(place.name for book in written for place in book.series)),
            "slug": slug(name),
        }
