"""The site's pages for people: guides, rules and a little forum, in the frame that every page there has."""

import html
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "guides"

FRAME = """<!DOCTYPE html>
<html lang="en"><head>
<meta charset="utf-8"/>
<title>{title} | My Anonamouse</title>
</head>
<body id="siteMain">
<header id="preHead"><a id="tmN" href="/u/200100">sandbox-member</a>
<a href="/logout.php?tok=sandbox">Log out</a></header>
<main role="main"><table id="mainTable">
<tbody><tr><td id="mainLeft"></td><td id="mainRight"><div class="blockCon"><div class="blockBody">
<div class="blockBodyCon" id="mainBody">
{body}
</div></div></div></td></tr></tbody></table></main>
<div class="footRow cen">Sandbox</div>
</body></html>
"""

LOGIN = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>Login | My Anonamouse</title></head>
<body id="siteMain"><div id="mainBody">
<h1>Not logged in!</h1>
<p><b>Error:</b> The page you tried to view can only be used when you're logged in.</p>
<form method="post" action="/takelogin.php" accept-charset="UTF-8" enctype="application/x-www-form-urlencoded">
<p>Note: You need cookies enabled to log in, and excessive failed logins in a row will result in your ability to login
being locked.</p>
<input type="hidden" name="t" value="sandbox"><input type="hidden" name="j" value="110">
<input type="hidden" name="a" value="sandbox">
<input type="email" name="email"><input type="password" name="password">
<input type="checkbox" name="rememberMe" value="yes">
</form></div></body></html>
"""

UNSATISFIED = (
    "<html><head><title>Error</title></head><body><table>"
    "<tr><td>Attempted to Download Past Unsatisfied limit.</td></tr>"
    "<tr><td>Happened: {happened:%Y-%m-%d %H:%M:%S}</td></tr>"
    "<tr><td>Time Till Download Allowed: {left}</td></tr></table></body></html>"
)
"""What a download is answered with when the account has no slot left."""


@dataclass(frozen=True)
class Document:
    """One page: where it stands, its title, and what is inside the frame."""

    address: str
    title: str
    body: str

    def page(self) -> str:
        """The whole page."""
        return FRAME.format(title=html.escape(self.title), body=self.body)


@cache
def documents() -> dict[str, Document]:
    """All pages by address; each file of the folder names its own in the first line."""
    found = [_read(path) for path in sorted(FOLDER.glob("*.html"))]
    return {document.address: document for document in [*found, _index(found)]}


def _read(path: Path) -> Document:
    first, _, body = path.read_text(encoding="utf-8").partition("\n")
    named = re.fullmatch(r"<!-- (\S+) -->", first.strip())
    title = re.search(r"<h1>(.*?)</h1>", body)
    if not named or not title:
        raise ValueError(f"{path.name} needs a first line with its address, and a heading")
    return Document(named[1], html.unescape(title[1]), body)


def _index(found: list[Document]) -> Document:
    guides = [document for document in found if document.address.startswith("/guides/")]
    entries = "\n".join(f'<li><a href="{guide.address}">{html.escape(guide.title)}</a></li>' for guide in guides)
    return Document("/guides/", "Guides", f"<h1>Guides</h1>\n<ul>\n{entries}\n</ul>")
