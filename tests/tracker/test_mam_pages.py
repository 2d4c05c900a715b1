from pathlib import Path

import pytest

from tracker.mam import PageKind, PathRefused, SessionRejected, UnexpectedAnswer, pages

RECORDED = Path(__file__).parent.parent / "contracts" / "myanonamouse"

GUIDE = """<!DOCTYPE html><html><head><title>Guide | My Anonamouse</title></head><body>
<a href="/u/7">ownername</a>
<div id="mainBody"><h1>Good   seeding</h1><script>alert(1)</script>
<p>By <a href="/u/99">quillmouse</a>: write to helper@example.org. Thanks to quillmouse and user_abc.</p>
<h2>Links</h2><p><a href="?gid=38940">more</a> <a href="/rules.php#two">rules</a>
<a href="https://www.myanonamouse.net/guides/?gid=1">one</a> <a href="/user/settings">mine</a>
<a href="https://elsewhere.example/guides/?gid=3">out</a> <a href="/rules.php">rules again</a></p>
<p>Announce: https://t.example.org/announce/abcdef0123456789 and sid=0123456789abcdef0123456789abcdef</p>
</div></body></html>"""


@pytest.mark.parametrize(
    "path",
    ["/", "/t/500101", "/tor/browse.php?tor[text]=x", "/tor/search.php", "/guides/", "/guides/?gid=37768", "/f/b/18",
     "/f/t/12?page=2", "/rules.php", "/faq.php", "/updateNotes.php"],
)  # fmt: skip
def test_pages_of_the_allow_list_may_be_read(path):
    assert pages.require_allowed(path) == path


@pytest.mark.parametrize(
    "path",
    ["/tor/download.php?tid=1", "/tor/other.php", "/to", "/user/1", "/u/1", "/account/", "/admin/", "/f/mod/3",
     "/login.php", "/f/login", "/register", "/upload/", "/download/1", "/api/list.php", "/guides/../user/1",
     "/guides/%2e%2e/user/1", "/guides//x", "/guides\\x", "guides/", "", "/store.php", "/tor/t/1", "/logout.php",
     "/torrent/", "/guidesx/", "//elsewhere.example/guides/"],
)  # fmt: skip
def test_everything_else_is_refused(path):
    with pytest.raises(PathRefused):
        pages.require_allowed(path)


def test_another_host_is_refused():
    with pytest.raises(PathRefused):
        pages.require_allowed("https://elsewhere.example/guides/")


def test_the_address_of_the_site_is_cut_off():
    allowed = pages.require_allowed("http://127.0.0.1:8001/mam/guides/?gid=1", base_url="http://127.0.0.1:8001/mam")

    assert allowed == "/guides/?gid=1"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", PageKind.FRONT),
        ("/guides/", PageKind.GUIDE_INDEX),
        ("/guides/?gid=5", PageKind.GUIDE),
        ("/rules.php", PageKind.RULES),
        ("/f/b/18", PageKind.FORUM),
        ("/t/5", PageKind.TORRENT),
        ("/store.php", PageKind.OTHER),
    ],
)
def test_the_kind_of_a_page_is_told_by_its_path(path, kind):
    assert pages.kind_of(path) is kind


def test_the_number_of_a_guide_is_found():
    assert pages.guide_id("/guides/?x=1&gid=37768") == 37768
    assert pages.guide_id("/guides/?xgid=37768") is None


def test_a_guide_is_kept_as_masked_markdown():
    page = pages.parse_page(GUIDE, path="/guides/?gid=37768")

    assert (page.kind, page.title) == (PageKind.GUIDE, "Good seeding")
    assert "## Links" in page.markdown
    assert "By [USER]: write to [EMAIL]. Thanks to [USER] and [USER]." in page.markdown
    assert "/announce/[TOKEN]" in page.markdown
    assert "sid=[TOKEN]" in page.markdown
    for secret in ("quillmouse", "ownername", "helper@", "alert", "abcdef0123456789", "/u/99"):
        assert secret not in page.markdown


def test_only_allowed_pages_of_the_site_are_followed():
    page = pages.parse_page(GUIDE, path="/guides/?gid=37768")

    assert page.links == ("/guides/?gid=38940", "/rules.php", "/guides/?gid=1")


def test_a_long_page_is_not_cut():
    text = "word " * 20_000

    page = pages.parse_page(f'<div id="mainBody"><p>{text}</p></div>', path="/rules.php")

    assert page.markdown.count("word") == 20_000


@pytest.mark.parametrize("name", ["login_page.html", "pages/logged_out.html"])
def test_the_page_that_asks_to_log_in_is_never_kept(name):
    body = (RECORDED / name).read_bytes()

    with pytest.raises(SessionRejected):
        pages.parse_page(body, path="/guides/")


@pytest.mark.parametrize("name", ["search_terry_pratchett.html", "search_ryan_rimmel.html"])
def test_recorded_pages_lose_their_uploaders(name):
    page = pages.parse_page((RECORDED / "pages" / name).read_bytes(), path="/tor/browse.php")

    assert page.kind is PageKind.SEARCH
    assert page.title
    assert "/u/0" not in page.markdown
    assert "[uploader]" not in page.markdown
    assert any(link.startswith("/t/") for link in page.links)
    assert not any("download" in link for link in page.links)


def test_a_page_without_main_part_is_refused():
    with pytest.raises(UnexpectedAnswer):
        pages.parse_page("<html><body>Maintenance</body></html>", path="/rules.php")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_saved_pages_are_read_in_any_usual_encoding(encoding):
    body = '<div id="mainBody"><h1>Für Bücher</h1></div>'.encode(encoding)

    assert pages.parse_page(body, path="/guides/").title == "Für Bücher"


def test_a_browser_notes_where_it_saved_a_page_from():
    body = b"<!DOCTYPE html>\n<!-- saved from url=(0047)https://www.myanonamouse.net/guides/?gid=37768 -->\n<html>"

    assert pages.saved_from(body) == "https://www.myanonamouse.net/guides/?gid=37768"
    assert pages.saved_from(b"<html>") == ""
