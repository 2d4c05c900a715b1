"""From a missing book to files on the shelf."""
