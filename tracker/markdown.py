"""Stored Markdown as HTML: the few forms that pages of the tracker use, everything else as the text it is."""

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*+]|(?P<number>\d+[.)]))\s+(.*)$")
_INLINE = (
    (re.compile(r"\*\*(.+?)\*\*|__(.+?)__"), "strong"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*?)\*(?![\w*])"), "em"),
    (re.compile(r"`([^`]+)`"), "code"),
)
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^\s)]+)(?:\s+&quot;.*?&quot;)?\)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!&gt;|~-])")


def to_html(text: str) -> SafeString:
    """Render headings (one level down, the page has its own), lists, emphasis, code and links to web addresses."""
    return mark_safe("\n".join(_blocks(text.splitlines())))  # noqa: S308 - every line was escaped first


def _blocks(lines: list[str]) -> Iterator[str]:
    open_list, paragraph = "", list[str]()
    for line in [*lines, ""]:
        heading, item = _HEADING.match(line), _ITEM.match(line)
        if paragraph and (heading or item or not line.strip()):
            yield f"<p>{'<br>'.join(paragraph)}</p>"
            paragraph = []
        kind = ("ol" if item["number"] else "ul") if item else ""
        if kind != open_list and (kind or line.strip()):
            yield (f"</{open_list}>" if open_list else "") + (f"<{kind}>" if kind else "")
            open_list = kind
        if heading:
            level = min(len(heading[1]) + 1, 6)
            yield f"<h{level}>{_inline(heading[2])}</h{level}>"
        elif item:
            yield f"<li>{_inline(item[2])}</li>"
        elif line.strip():
            paragraph.append(_inline(line.strip()))
    if open_list:
        yield f"</{open_list}>"


def _inline(text: str) -> str:
    html = _LINK.sub(_link, escape(text))
    for pattern, tag in _INLINE:
        html = pattern.sub(lambda found, tag=tag: f"<{tag}>{found[found.lastindex]}</{tag}>", html)  # type: ignore[misc]
    return _ESCAPED.sub(r"\1", html)


def _link(found: re.Match[str]) -> str:
    words, address = found[1] or found[2], found[2]
    if not address.startswith(("https://", "http://")):
        return words
    return f'<a href="{address}" rel="noreferrer noopener">{words}</a>'
