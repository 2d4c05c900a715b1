"""People and series by name: spellings that compare equal are one row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from library import identity
from library.models import Alias, Author, Narrator, Series
from library.services import rows

LONGEST_NAME = 300

Person = TypeVar("Person", Author, Narrator)


def authors_named(names: Iterable[str]) -> list[Author]:
    """The authors of these names, made where unknown; spellings that compare equal are one author."""
    names = list(names)
    known = Names(authors=names)
    authors = known.authors(names)
    known.save()
    return authors


def narrators_named(names: Iterable[str]) -> list[Narrator]:
    """The narrators of these names, made where unknown."""
    names = list(names)
    known = Names(narrators=names)
    narrators = known.narrators(names)
    known.save()
    return narrators


def series_named(name: str, authors: Sequence[str]) -> Series:
    """The series of this name by these authors, made where unknown.

    Two series of one name by different authors stay two; a name that was seen without author joins the first.
    """
    known = Names(series=[(name, authors)])
    series = known.series(name, authors)
    known.save()
    return series


@dataclass(slots=True)
class _Choice:
    """A series that a name may mean, with the authors of its books as far as they were asked for."""

    series: Series
    authors: set[str] = field(default_factory=set)


class Names:
    """The people and series that a batch of items names, read in a few queries; new ones are saved together."""

    def __init__(
        self,
        *,
        authors: Iterable[str] = (),
        narrators: Iterable[str] = (),
        series: Iterable[tuple[str, Sequence[str]]] = (),
        books: Iterable[str] = (),
    ) -> None:
        asked = {(_series_key(name), tuple(map(_name_key, by))) for name, by in series}
        merged = _targets_merged()
        keys = {
            Alias.Target.AUTHOR: {_name_key(name) for name in authors},
            Alias.Target.NARRATOR: {_name_key(name) for name in narrators},
            Alias.Target.SERIES: {key for key, _ in asked},
            Alias.Target.BOOK: set(books) if Alias.Target.BOOK in merged else set(),
        }
        aliases = _aliases({target: keys[target] if target in merged else set() for target in keys})
        self.merged_books = aliases[Alias.Target.BOOK]
        """The names of merged books, each with the book that took the other in."""
        self._authors = _people(Author, keys[Alias.Target.AUTHOR], aliases[Alias.Target.AUTHOR])
        self._narrators = _people(Narrator, keys[Alias.Target.NARRATOR], aliases[Alias.Target.NARRATOR])
        self._aliased, self._choices = _series(keys[Alias.Target.SERIES], aliases[Alias.Target.SERIES])
        self._learn_sharing(asked)
        self._new_authors: list[Author] = []
        self._new_narrators: list[Narrator] = []
        self._new_series: list[Series] = []

    def authors(self, names: Iterable[str]) -> list[Author]:
        """The authors of these names; new ones have no key before `save`."""
        return _named(Author, names, self._authors, self._new_authors)

    def narrators(self, names: Iterable[str]) -> list[Narrator]:
        """The narrators of these names; new ones have no key before `save`."""
        return _named(Narrator, names, self._narrators, self._new_narrators)

    def known_series(self, name: str, authors: Sequence[str]) -> Series | None:
        """The series of this name by these authors, if there is one."""
        key, author_keys = _series_key(name), [_name_key(author) for author in authors]
        if key in self._aliased:
            return self._aliased[key]
        return _chosen(self._choices.get(key, []), author_keys)

    def series(self, name: str, authors: Sequence[str]) -> Series:
        """The series of this name by these authors; a new one has no key before `save`."""
        if (found := self.known_series(name, authors)) is not None:
            return found
        key, author_keys = _series_key(name), [_name_key(author) for author in authors]
        choices = self._choices.setdefault(key, [])
        made = rows.make(Series, name=name[:LONGEST_NAME], key=key, author_key=author_keys[0] if author_keys else "")
        choices.append(_Choice(made))
        self._new_series.append(made)
        return made

    def series_keys(self) -> dict[int, str]:
        """The key of each stored series that was named, by its primary key."""
        choices = [choice.series for listed in self._choices.values() for choice in listed]
        return {one.pk: one.key for one in (*choices, *self._aliased.values()) if not rows.is_new(one)}

    def share(self, series: Series, authors: Iterable[Author]) -> None:
        """Note that a book by these authors stands in a series now."""
        for choice in self._choices.get(series.key, ()):
            if is_one(choice.series, series):
                choice.authors.update(author.key for author in authors)

    def save(self) -> None:
        """Store the new ones; what another process stored meanwhile is taken over."""
        only_keys: dict[str, Any] = {"update_conflicts": True, "unique_fields": ["key"], "update_fields": ["key"]}
        if self._new_authors:
            Author.objects.bulk_create(self._new_authors, **only_keys)
        if self._new_narrators:
            Narrator.objects.bulk_create(self._new_narrators, **only_keys)
        if self._new_series:
            Series.objects.bulk_create(
                self._new_series, update_conflicts=True, unique_fields=["key", "author_key"], update_fields=["key"]
            )
        self._new_authors, self._new_narrators, self._new_series = [], [], []

    def _learn_sharing(self, asked: set[tuple[str, tuple[str, ...]]]) -> None:
        """Look up by whom the books of a series are, where its name alone fits."""
        unclear = [
            (key, authors)
            for key, authors in asked
            if authors and key not in self._aliased and key in self._choices and not self._is_direct(key, authors)
        ]
        if not unclear:
            return
        choices = {choice.series.pk: choice for key, _ in unclear for choice in self._choices[key]}
        sharing = Author.objects.filter(
            key__in={author for _, authors in unclear for author in authors},
            books__series_entries__series__in=choices,
        )
        for series_id, key in sharing.values_list("books__series_entries__series", "key").distinct():
            if series_id in choices:
                choices[series_id].authors.add(key)

    def _is_direct(self, key: str, authors: Sequence[str]) -> bool:
        return any(choice.series.author_key in (*authors, "") for choice in self._choices[key])


def is_one(left: Series, right: Series) -> bool:
    """Whether two rows, new or stored, are the same series."""
    return left is right or (not rows.is_new(left) and left.pk == right.pk)


def _chosen(choices: list[_Choice], author_keys: list[str]) -> Series | None:
    """The series by one of the authors, else one that was seen without any, else one that holds a book by them."""
    direct = [choice.series for choice in choices if choice.series.author_key in (*author_keys, "")]
    if direct:
        return max(direct, key=lambda series: series.author_key)
    shared = [choice.series for choice in choices if not choice.authors.isdisjoint(author_keys)]
    return min(shared, key=lambda series: (series.name, series.pk or float("inf")), default=None)


def _targets_merged() -> set[str]:
    """Of what any were merged at all: most libraries have no merged books, and many no merged people."""
    merged = Alias.objects.filter(target__in=Alias.Target.values, source="name")
    return set(merged.order_by().values_list("target", flat=True).distinct())


def _aliases(keys: dict[Alias.Target, set[str]]) -> dict[Alias.Target, dict[str, int]]:
    """The merged spellings among these keys, each with the row it means."""
    found: dict[Alias.Target, dict[str, int]] = {target: {} for target in keys}
    asked = set().union(*keys.values())
    targets = ", ".join(f"'{target.value}'" for target in keys)
    where = f"source = 'name' AND target IN ({targets})"
    for target, value, target_id in rows.pick(Alias, ["target", "value", "target_id"], "value", asked, where=where):
        if value in keys[Alias.Target(target)]:
            found[Alias.Target(target)][value] = target_id
    return found


def _people(model: type[Person], keys: set[str], aliases: dict[str, int]) -> dict[str, Person]:
    told = rows.pick(model, ["id", "name", "key"], "key", keys)
    people: dict[str, Person] = {key: rows.stored(model, id=pk, name=name, key=key) for pk, name, key in told}
    if aliases:
        by_pk = {person.pk: person for person in people.values()}
        meant = model._default_manager.in_bulk(list(aliases.values())) | by_pk
        people |= {key: meant[pk] for key, pk in aliases.items() if pk in meant}
    return people


def _series(keys: set[str], aliases: dict[str, int]) -> tuple[dict[str, Series], dict[str, list[_Choice]]]:
    choices: dict[str, list[_Choice]] = {}
    found = rows.pick(Series, ["id", "name", "key", "author_key", "is_unclaimed"], "key", keys)
    for pk, name, key, author_key, is_unclaimed in sorted(found):
        told = {"name": name, "key": key, "author_key": author_key, "is_unclaimed": bool(is_unclaimed)}
        series = rows.stored(Series, id=pk, **told)
        choices.setdefault(key, []).append(_Choice(series))
    meant = Series.objects.in_bulk(list(aliases.values())) if aliases else {}
    meant |= {choice.series.pk: choice.series for listed in choices.values() for choice in listed}
    return {key: meant[pk] for key, pk in aliases.items() if pk in meant}, choices


def _named(model: type[Person], names: Iterable[str], known: dict[str, Person], new: list[Person]) -> list[Person]:
    """The people of these names, each once, in order; unknown ones are added to `known` and `new`."""
    found: dict[int, Person] = {}
    for name in names:
        cleaned = " ".join(str(name).split())
        if not cleaned:
            continue
        key = _name_key(cleaned)
        if key not in known:
            known[key] = rows.make(model, name=cleaned[:LONGEST_NAME], key=key)
            new.append(known[key])
        found.setdefault(id(known[key]), known[key])
    return list(found.values())


def _name_key(name: str) -> str:
    return identity.name_key(" ".join(str(name).split()))[:LONGEST_NAME]


def _series_key(name: str) -> str:
    return identity.series_key(name)[:LONGEST_NAME]
