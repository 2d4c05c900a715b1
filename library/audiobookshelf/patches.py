"""What may be written to an item of Audiobookshelf, in the one shape that the server takes seriously.

The server passes over a value of the wrong type without a word and replaces whole lists, so a patch is checked here.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from library.facts import Chapter

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SeriesPatch(BaseModel, frozen=True, strict=True):
    """A place in a series; the server stores a position that is no text as nothing, so only text is taken."""

    name: Name
    sequence: str | None = None


class MediaPatch(BaseModel):
    """The fields to write; a field that is not given is left alone, None clears it, a list replaces the whole list."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        arbitrary_types_allowed=True,  # chapters
    )

    title: Name | None = None
    subtitle: str | None = None
    authors: tuple[Name, ...] | None = None
    narrators: tuple[Name, ...] | None = None
    series: tuple[SeriesPatch, ...] | None = None
    genres: tuple[Name, ...] | None = None
    tags: tuple[Name, ...] | None = None
    published_year: str | None = None
    published_date: str | None = None
    publisher: str | None = None
    description: str | None = None
    isbn: str | None = None
    asin: str | None = None
    language: str | None = None
    explicit: bool | None = None
    abridged: bool | None = None
    chapters: tuple[Chapter, ...] | None = None

    def payload(self) -> dict[str, Any]:
        """Give the body of the request; empty when nothing is to be written.

        :raises ValueError: if a field that the server cannot clear would be cleared.
        """
        given = self.model_dump(by_alias=True, exclude_unset=True, exclude={"chapters"})
        if stubborn := sorted(name for name in _NEVER_NULL & given.keys() if given[name] is None):
            raise ValueError(f"the server cannot clear {', '.join(stubborn)}")
        if "authors" in given:
            given["authors"] = [{"name": name} for name in given["authors"]]
        body: dict[str, Any] = {"tags": given.pop("tags")} if "tags" in given else {}
        if given:
            body["metadata"] = given
        if self.chapters is not None:
            body["chapters"] = [
                {"id": number, "start": chapter.start_s, "end": chapter.end_s, "title": chapter.title}
                for number, chapter in enumerate(self.chapters)
            ]
        return body


_NEVER_NULL = frozenset({"title", "authors", "narrators", "series", "genres", "tags", "explicit", "abridged"})
