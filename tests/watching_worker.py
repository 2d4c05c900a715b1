"""A worker over a folder that was read before: `python -m tests.watching_worker` does what `manage.py worker` does.

The folder is that of LIBRARY_FOLDERS; what changes there is read after a second without changes.
"""

import django
from django.core.management import call_command


def main() -> None:
    """Read the folder, then work until interrupted."""
    django.setup()
    from mamcrawler.operations import jobs, preferences

    call_command("migrate", verbosity=0, skip_checks=True)
    preferences.change(preferences.LibraryRules, by=None, watch_quiet_s=1)
    jobs.run_now("sync_library")
    call_command("worker")


if __name__ == "__main__":
    main()
