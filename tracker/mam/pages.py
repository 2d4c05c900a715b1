"""The tracker's pages: which may be read at all, and what is kept of one.

The same code reads a page that a person saved in the browser and one that the crawler fetched. What is kept holds no
e-mail address, no member's name and no token.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from markdownify import markdownify
from pydantic import BaseModel
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tracker.mam.errors import PathRefused, SessionRejected, UnexpectedAnswer

SITE = "https://www.myanonamouse.net"


class PageKind(StrEnum):
    """What a page is about, told by its path."""

    FRONT = "front"
    RULES = "rules"
    NEWS = "news"
    GUIDE_INDEX = "guide-index"
    GUIDE = "guide"
    FORUM = "forum"
    TORRENT = "torrent"
    SEARCH = "search"
    OTHER = "other"


class Page(BaseModel, frozen=True):
    """A page as it is kept: masked, and without the site's frame around it."""

    path: str  # with its query, on the tracker
    kind: PageKind
    title: str
    markdown: str
    links: tuple[str, ...] = ()  # other pages of the allow-list, in the order of the text


_EXACT = {
    "/": PageKind.FRONT,
    "/rules.php": PageKind.RULES,
    "/faq.php": PageKind.RULES,
    "/updateNotes.php": PageKind.NEWS,
    "/tor/browse.php": PageKind.SEARCH,
    "/tor/search.php": PageKind.SEARCH,
}
_BELOW = {"t": PageKind.TORRENT, "guides": PageKind.GUIDE_INDEX, "f": PageKind.FORUM}
"""Kinds by the first segment of the path: all below it may be read."""

_DENIED = frozenset({"user", "account", "admin", "mod", "login", "register", "upload", "download", "api", "logout"})
"""Segments that no path may have, with or without `.php`."""

_GUIDE_ID = re.compile(r"(?:^|&)gid=(\d+)(?:&|$)")
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")
_LOGIN = re.compile(r'<form\b[^>]*\baction="[^"]*/takelogin\.php"|<title>Login \|')
_NOT_TEXT = "script, style, noscript, form, input, select, button, iframe, svg, img, template"
_BLANK_LINES = re.compile(r"\n{3,}")

_MASKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[EMAIL]"),
    (re.compile(r"\buser[-_][A-Za-z0-9]\w*"), "[USER]"),
    (re.compile(r"\b(mam_id|passkey|apikey|token|sid|session)=[\w%+/=.-]{8,}", re.IGNORECASE), r"\1=[TOKEN]"),
    (re.compile(r"/(announce|rss|download\.php)/[^\s?)\]\"'<>]{8,}", re.IGNORECASE), r"/\1/[TOKEN]"),
    (re.compile(r"mailto:(?!\[)[^\s)\]\"'<>]+", re.IGNORECASE), "mailto:[EMAIL]"),
    (re.compile(r"/cdn-cgi/l/email-protection#?[0-9a-f]*", re.IGNORECASE), "[EMAIL]"),
    (
        re.compile(
            r"^(\W*(?:(?:guide )?author|(?:written|posted|updated|edited) by)[\s:*_]+)(?!\[)[^\s,.;|)\[]+",
            re.IGNORECASE | re.MULTILINE,
        ),
        r"\1[USER]",
    ),
    (re.compile(r"\b[0-9a-f]{32}\b", re.IGNORECASE), "[TOKEN]"),
)


def kind_of(path: str) -> PageKind:
    """Tell what a page is about."""
    parts = urlsplit(path)
    if parts.path in _EXACT:
        return _EXACT[parts.path]
    kind = _BELOW.get(parts.path.strip("/").split("/")[0], PageKind.OTHER)
    return PageKind.GUIDE if kind is PageKind.GUIDE_INDEX and guide_id(path) is not None else kind


def guide_id(path: str) -> int | None:
    """The number of the guide that a path names, as in `/guides/?gid=37768`."""
    found = _GUIDE_ID.search(urlsplit(path).query)
    return int(found[1]) if found else None


def require_allowed(address: str, *, base_url: str = SITE) -> str:
    """Give the path and query of a page that may be read.

    Whole segments count: `/t/1` may be read and `/tor/t` may not.

    :raises PathRefused: if it is on another host or not on the allow-list.
    """
    parts, base = urlsplit(address), urlsplit(base_url)
    path = parts.path.removeprefix(base.path.rstrip("/")) if parts.netloc else parts.path
    if parts.netloc and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        raise PathRefused(f"{parts.netloc} is not the tracker")
    if not _may_read(path):
        raise PathRefused(f"{path or address} is not on the list of pages that may be read")
    return f"{path}?{parts.query}" if parts.query else path


def is_login_page(body: bytes | str) -> bool:
    """Say whether this is the page that asks to log in, whatever its status was."""
    head = body[:20_000] if isinstance(body, str) else body[:20_000].decode("utf-8", "replace")
    return _LOGIN.search(head) is not None


def saved_from(body: bytes) -> str:
    """The address that a browser noted in a page it saved; "" when there is none."""
    found = _SAVED_FROM.search(body[:4_000])
    return found[1].decode("utf-8", "replace") if found else ""


def decoded(body: bytes) -> str:
    """Text of a page in whatever encoding a browser or an older tool saved it."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def masked(text: str, names: Iterable[str] = ()) -> str:
    """Take e-mail addresses, tokens and members' names out of a text."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    for name in sorted(set(names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[USER]", text)
    return text


def parse_page(body: bytes | str, *, path: str, base_url: str = SITE) -> Page:
    """Read a page of the site into what is kept of it; nothing of its text is cut off.

    :param path: where the page stands on the site, to resolve its links.
    :raises SessionRejected: if it is the page that asks to log in.
    :raises UnexpectedAnswer: if it has no main part, as every page of the site has.
    """
    text = decoded(body) if isinstance(body, bytes) else body
    if is_login_page(text):
        raise SessionRejected(f"{path}: this is the page that asks to log in")
    tree = LexborHTMLParser(text)
    main = tree.css_first("#mainBody")
    if main is None:
        raise UnexpectedAnswer(f"{path}: not a page of the tracker: it has no main part")
    names = _mask_members(main)
    links = _links(main, f"{base_url}{path}", base_url)
    title = masked(_title(tree, main), names)
    for node in main.css(_NOT_TEXT):
        node.decompose()
    markdown: str = markdownify(
        main.html or "", heading_style="ATX", bullets="-", escape_underscores=False, escape_asterisks=False
    )
    lines = "\n".join(line.rstrip() for line in masked(markdown, names).splitlines())
    return Page(
        path=path, kind=kind_of(path), title=title, markdown=_BLANK_LINES.sub("\n\n", lines).strip(), links=links
    )


def _may_read(path: str) -> bool:
    plain = unquote(path)
    if plain != path or not path.startswith("/") or re.search(r"//|\\|[\x00-\x20\x7f]", path):
        return False  # nothing that could be read in two ways
    segments = path.strip("/").split("/")
    if any(segment in {".", ".."} or segment.lower().removesuffix(".php") in _DENIED for segment in segments):
        return False
    return path in _EXACT or segments[0] in _BELOW


def _title(tree: LexborHTMLParser, main: LexborNode) -> str:
    heading = main.css_first("h1")
    said = heading.text(separator=" ", strip=True) if heading else ""
    if not said:
        named = tree.css_first("title")
        said = named.text(strip=True).removesuffix("| My Anonamouse") if named else ""
    return " ".join(said.split())


_MEMBER_LINKS = 'a[href*="/u/"], a[href^="u/"], a[href*="userdetails.php"], a[href*="sendmessage.php"]'
"""Links that lead to a member, in the forms that the site's pages have used."""


def _mask_members(main: LexborNode) -> set[str]:
    """Replace every link to a member by a mask, and give the names that stood there."""
    names: set[str] = set()
    for link in main.css(_MEMBER_LINKS):
        name = link.text(strip=True)
        if len(name) > 2:
            names.add(name)
        link.replace_with("[USER]")
    return names


def _links(main: LexborNode, address: str, base_url: str) -> tuple[str, ...]:
    found: dict[str, Any] = {}
    for anchor in main.css("a[href]"):
        target = urljoin(address, anchor.attributes.get("href") or "").partition("#")[0]
        target = re.sub(r"^https?://(?:www\.)?myanonamouse\.net(?=/|$)", base_url, target)
        try:
            found[require_allowed(target, base_url=base_url)] = None
        except (PathRefused, ValueError):
            continue
    return tuple(found)
