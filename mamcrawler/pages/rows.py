"""What stands on a page many times, in Jinja, which draws it in a third of the time that Django's templates take.

They are in `templates/rows/`; a Django template draws one by `{% rows "library/places.html" %}`. Pages themselves stay
Django templates.
"""

from typing import Any

from django.template.defaultfilters import capfirst, pluralize
from django.template.defaultfilters import date as date_in_words
from jinja2 import Environment, StrictUndefined

from library.templatetags import books
from mamcrawler.lib.addresses import numbered
from mamcrawler.pages.templatetags import present


def environment(**options: Any) -> Environment:
    """The words and functions that the templates of rows have; a name that is not known is an error."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    del options["autoescape"]  # Django says the same
    made = Environment(autoescape=True, **options)
    made.globals |= {
        "act": present.button,
        "address": numbered,
        "badge": present.badge,
        "current": books.current,
        "icon": present.icon,
        "narrowed": books.narrowed,
        "page_of": present.page_of,
        "progress": present.progress,
        "standing_status": books.standing_status,
    }
    made.filters |= {
        "ago": present.ago,
        "capfirst": capfirst,
        "hours": present.hours,
        "initials": books.initials,
        "intcomma": "{:,}".format,  # as humanize does in our language, in a tenth of the time
        "moment": date_in_words,
        "pluralize": pluralize,
        "tint": books.tint,
    }
    return made
