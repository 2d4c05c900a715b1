"""Looking up and repairing books, copies and their history."""

from django.contrib import admin

from library.models import (
    Alias,
    AudioFile,
    Author,
    Book,
    CalendarFeed,
    Change,
    Collection,
    CollectionMember,
    Cover,
    Coverage,
    Edition,
    Exclusion,
    FieldLock,
    HygieneDismissal,
    HygieneMark,
    LeftOut,
    Listener,
    ListeningProgress,
    Narrator,
    NotDuplicate,
    NotInterested,
    Recording,
    Regrouping,
    SavedSearch,
    SearchDocument,
    SearchWord,
    Series,
    SeriesEntry,
    Shelf,
    Snapshot,
)
from mamcrawler.operations.admin import MachineWritten


@admin.register(Shelf)
class ShelfAdmin(admin.ModelAdmin[Shelf]):
    list_display = ["name", "kind", "path", "is_active", "synced_at"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name", "path", "external_id"]
    readonly_fields = ["external_id", "is_active", "created_at", "synced_at", "sync_cursor"]  # switched under Set-up


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin[Author]):
    list_display = ["name", "monitor", "listed_at", "listed_by"]
    list_filter = ["monitor", "listed_by"]
    search_fields = ["name", "key"]
    readonly_fields = ["key", "listed_at", "listed_by", "asked_at"]
    show_full_result_count = False


@admin.register(LeftOut)
class LeftOutAdmin(MachineWritten):
    list_display = ["title", "why", "author", "source"]
    list_filter = ["why", "source"]
    list_select_related = ["author"]
    search_fields = ["title", "author__name"]


@admin.register(NotInterested)
class NotInterestedAdmin(admin.ModelAdmin[NotInterested]):
    """Deleting one lets the series or author be recommended again."""

    list_display = ["subject", "by", "at"]
    list_filter = ["at"]
    list_select_related = ["series", "author", "by"]
    search_fields = ["series__name", "author__name"]
    autocomplete_fields = ["series", "author", "by"]


@admin.register(Narrator)
class NarratorAdmin(admin.ModelAdmin[Narrator]):
    list_display = ["name", "key"]
    search_fields = ["name", "key"]
    readonly_fields = ["key"]
    show_full_result_count = False


@admin.register(Series)
class SeriesAdmin(admin.ModelAdmin[Series]):
    list_display = ["name", "monitor", "is_complete", "listed_at", "listed_by"]
    list_filter = ["monitor", "is_complete", "is_unclaimed", "listed_by"]
    search_fields = ["name", "key"]
    readonly_fields = ["key", "author_key", "listed_at", "listed_by"]
    show_full_result_count = False


@admin.register(SeriesEntry)
class SeriesEntryAdmin(admin.ModelAdmin[SeriesEntry]):
    list_display = ["series", "position", "book", "kind", "is_primary"]
    list_filter = ["kind", "is_primary"]
    list_select_related = ["series", "book"]
    search_fields = ["series__name", "book__title"]
    autocomplete_fields = ["series", "book"]
    show_full_result_count = False


@admin.register(Book)
class BookAdmin(admin.ModelAdmin[Book]):
    list_display = ["title", "kind", "has_audio", "released_on", "is_monitored", "is_placeholder", "added_at"]
    list_filter = ["kind", "has_audio", "is_monitored", "is_announced", "is_placeholder", "is_unclaimed"]
    search_fields = ["title", "key", "isbn", "authors__name"]
    autocomplete_fields = ["authors"]
    readonly_fields = ["key", "sort_title", "cover_url", "added_at", "enriched_at"]
    show_full_result_count = False


@admin.register(Recording)
class RecordingAdmin(admin.ModelAdmin[Recording]):
    list_display = ["book", "asin", "narrator_key", "runtime_s", "language", "is_abridged", "is_dramatised"]
    list_filter = ["is_abridged", "is_dramatised", "language"]
    list_select_related = ["book"]
    search_fields = ["book__title", "asin", "narrator_key"]
    autocomplete_fields = ["book", "narrators"]
    readonly_fields = ["narrator_key"]
    show_full_result_count = False


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin[Edition]):
    list_display = ["title", "shelf", "status", "audio_format", "bitrate_kbps", "size_bytes", "added_at"]
    list_filter = ["status", "shelf", "audio_format"]
    list_select_related = ["shelf"]
    search_fields = ["title", "path", "external_id", "info_hash"]
    autocomplete_fields = ["shelf", "recording"]
    readonly_fields = [
        "external_id", "metadata", "duration_s", "size_bytes", "bitrate_kbps", "audio_format", "chapter_count",
        "has_cover", "info_hash", "fingerprint", "server_updated_ms", "added_at", "written_at",
    ]  # fmt: skip
    show_full_result_count = False


@admin.register(Coverage)
class CoverageAdmin(admin.ModelAdmin[Coverage]):
    list_display = ["edition", "book", "extent"]
    list_filter = ["extent"]
    list_select_related = ["edition", "book"]
    search_fields = ["edition__title", "book__title"]
    autocomplete_fields = ["edition", "book"]
    show_full_result_count = False


@admin.register(Cover)
class CoverAdmin(MachineWritten):
    """Deleting one has it fetched anew."""

    list_display = ["edition", "status", "source", "width", "height", "reason", "looked_at", "retry_at"]
    list_filter = ["status", "source"]
    list_select_related = ["edition"]
    search_fields = ["edition__title", "digest", "reason"]


@admin.register(AudioFile)
class AudioFileAdmin(MachineWritten):
    list_display = ["path", "edition", "position", "codec", "bitrate_kbps", "size_bytes", "is_seeded"]
    list_filter = ["is_seeded", "codec"]
    list_select_related = ["edition"]
    search_fields = ["path", "edition__title", "inode"]


@admin.register(Alias)
class AliasAdmin(admin.ModelAdmin[Alias]):
    list_display = ["value", "source", "target", "target_id"]
    list_filter = ["target", "source"]
    search_fields = ["value"]
    show_full_result_count = False


@admin.register(Exclusion)
class ExclusionAdmin(admin.ModelAdmin[Exclusion]):
    list_display = ["book", "reason", "by", "at"]
    list_filter = ["at"]
    list_select_related = ["book", "by"]
    search_fields = ["book__title", "reason"]
    autocomplete_fields = ["book", "by"]


@admin.register(FieldLock)
class FieldLockAdmin(admin.ModelAdmin[FieldLock]):
    list_display = ["edition", "field", "by", "at"]
    list_filter = ["field"]
    list_select_related = ["edition", "by"]
    search_fields = ["edition__title", "field"]
    autocomplete_fields = ["edition", "by"]


@admin.register(Change)
class ChangeAdmin(MachineWritten):
    list_display = ["at", "edition", "field", "source", "by", "status", "reason"]
    list_filter = ["status", "field"]
    list_select_related = ["edition", "by"]
    search_fields = ["edition__title", "field", "source", "batch"]


@admin.register(Regrouping)
class RegroupingAdmin(MachineWritten):
    list_display = ["at", "words", "kind", "target", "by", "undone_at", "undone_by"]
    list_filter = ["kind", "target"]
    list_select_related = ["by", "undone_by"]
    search_fields = ["words"]


@admin.register(NotDuplicate)
class NotDuplicateAdmin(MachineWritten):
    """Deleting one lets the copies be reported as duplicates again."""

    list_display = ["book", "copies", "by", "at"]
    list_filter = ["at"]
    list_select_related = ["book", "by"]
    search_fields = ["book__title"]


@admin.register(SearchDocument)
class SearchDocumentAdmin(MachineWritten):
    list_display = ["book", "year", "minutes", "is_stale", "indexed_at"]
    list_filter = ["is_stale"]
    list_select_related = ["book"]
    search_fields = ["book__title"]
    show_full_result_count = False


@admin.register(SearchWord)
class SearchWordAdmin(MachineWritten):
    list_display = ["word", "kind", "count"]
    list_filter = ["kind"]
    search_fields = ["word"]
    show_full_result_count = False


@admin.register(SavedSearch)
class SavedSearchAdmin(admin.ModelAdmin[SavedSearch]):
    list_display = ["name", "user", "query", "sort", "created_at"]
    list_filter = ["look"]
    list_select_related = ["user"]
    search_fields = ["name", "query", "user__username"]
    autocomplete_fields = ["user"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(admin.ModelAdmin[CalendarFeed]):
    """Addresses of the calendar: delete one and it leads nowhere; the secret itself is not shown."""

    list_display = ["user", "made_at"]
    list_filter = ["made_at"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    readonly_fields = ["user", "made_at"]


@admin.register(Listener)
class ListenerAdmin(MachineWritten):
    list_display = ["name", "external_id", "vanished_at"]
    list_filter = ["vanished_at"]
    search_fields = ["name", "external_id"]


@admin.register(ListeningProgress)
class ListeningProgressAdmin(MachineWritten):
    list_display = ["listener", "book", "edition", "fraction", "is_finished", "listened_at", "untold_at"]
    list_filter = ["is_finished", "listener"]
    list_select_related = ["listener", "book", "edition"]
    search_fields = ["listener__name", "book__title", "edition__title", "item_id"]


@admin.register(Collection)
class CollectionAdmin(MachineWritten):
    list_display = ["name", "kind", "shelf", "owner", "vanished_at"]
    list_filter = ["kind", "shelf"]
    list_select_related = ["shelf", "owner"]
    search_fields = ["name", "description", "external_id"]


@admin.register(CollectionMember)
class CollectionMemberAdmin(MachineWritten):
    list_display = ["collection", "position", "book", "edition", "untold_at"]
    list_filter = ["collection__kind"]
    list_select_related = ["collection", "book", "edition"]
    search_fields = ["collection__name", "book__title", "edition__title", "item_id"]


@admin.register(HygieneMark)
class HygieneMarkAdmin(MachineWritten):
    list_display = ["edition", "kind"]
    list_filter = ["kind"]
    list_select_related = ["edition"]
    search_fields = ["edition__title", "kind"]


@admin.register(HygieneDismissal)
class HygieneDismissalAdmin(MachineWritten):
    """Deleting one lets the finding be listed again."""

    list_display = ["edition", "kind", "by", "at"]
    list_filter = ["kind", "at"]
    list_select_related = ["edition", "by"]
    search_fields = ["edition__title", "kind"]


@admin.register(Snapshot)
class SnapshotAdmin(MachineWritten):
    """Deleting one has its figures worked out anew."""

    list_display = ["kind", "taken_at"]
    list_filter = ["kind"]
    search_fields = ["kind"]
