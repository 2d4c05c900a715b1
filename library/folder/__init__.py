"""A folder of audiobooks: which books it holds and what names, tags and sidecar files tell about them.

Pure over the file system: nothing is written, and nothing that cannot be read stops the rest.
"""

from library.folder.covers import picture_inside, pictures_beside
from library.folder.reading import FoundBook, read, walk
from library.folder.walking import PASSED_OVER, BookFolder, FileOnDisk, Unreadable, book_folders

__all__ = [
    "PASSED_OVER",
    "BookFolder",
    "FileOnDisk",
    "FoundBook",
    "Unreadable",
    "book_folders",
    "picture_inside",
    "pictures_beside",
    "read",
    "walk",
]
