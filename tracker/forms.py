"""Forms of the tracker's pages."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from tracker.saved_pages import LARGEST_FILE_BYTES, LARGEST_IMPORT_BYTES, PAGE_SUFFIXES

MOST_UPLOADS = 200
SUFFIXES = PAGE_SUFFIXES | {".zip"}


class ManyFilesInput(forms.ClearableFileInput):
    """A file chooser that takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; its clean value is a list of them."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list["UploadedFile[Any]"]:
        """Check each file by itself."""
        files = (data or [None]) if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class SavedPagesForm(forms.Form):
    """Saved pages, or zip archives of them, to be imported."""

    saved = ManyFilesField(
        label="Saved pages",
        help_text="Pages that you saved in the browser (HTML or MHTML), or zip archives of them.",
        widget=ManyFilesInput(attrs={"accept": ",".join(sorted(SUFFIXES))}),
    )

    def clean_saved(self) -> list["UploadedFile[Any]"]:
        """Refuse what cannot be imported before it is laid aside; the pages themselves are looked at later."""
        files: list[UploadedFile[Any]] = self.cleaned_data["saved"]
        if len(files) > MOST_UPLOADS:
            raise ValidationError(f"More than {MOST_UPLOADS} files at once: put them into a zip archive.")
        for file in files:
            suffix = PurePath(file.name or "").suffix.lower()
            largest = LARGEST_IMPORT_BYTES if suffix == ".zip" else LARGEST_FILE_BYTES
            if suffix not in SUFFIXES:
                raise ValidationError(f"{file.name} is no saved page: choose {', '.join(sorted(SUFFIXES))}.")
            if (file.size or 0) > largest:
                raise ValidationError(f"{file.name} is larger than {largest // 1024**2} MB.")
        return files
