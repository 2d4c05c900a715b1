"""How guides are shown."""

from django import template

from tracker import markdown

register = template.Library()

register.filter("markdown", markdown.to_html)
