import json
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils.datastructures import MultiValueDict
from werkzeug.wrappers import Request, Response

from mamcrawler.operations import jobs
from mamcrawler.operations.models import JobRun
from mamcrawler.sandbox.server import serve
from tracker import documents, saved_pages
from tracker.documents import Outcome
from tracker.forms import SavedPagesForm
from tracker.mam import pages
from tracker.models import Document, DocumentVersion

pytestmark = pytest.mark.django_db

RECORDED = Path(__file__).parent.parent / "contracts" / "myanonamouse"


def guide(title="Ports", text="Open one.", head=""):
    return (
        f"<!DOCTYPE html>{head}<html><head><title>{title} | My Anonamouse</title></head>"
        f'<body><div id="mainBody"><h1>{title}</h1><p>{text}</p></div></body></html>'
    )


def saved_from(address):
    return f"\n<!-- saved from url=({len(address):04}){address} -->\n"


def save(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)
    return path


def imported(*paths):
    return documents.import_pages(saved_pages.find(paths))


def page(text, path="/guides/?gid=1", title="Ports"):
    return pages.parse_page(guide(title, text), path=path)


def test_a_version_comes_about_only_when_the_text_changed():
    outcomes = [documents.store_page(page(text), "crawl") for text in ("one", "one", "two")]

    assert outcomes == [Outcome.NEW, Outcome.UNCHANGED, Outcome.CHANGED]
    document = Document.objects.get()
    assert document.current.number == 2
    assert "two" in document.current.text
    assert document.checked_at >= document.first_seen_at


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Beginners' guide", "Basics"),
        ("How to be a good seeder", "Basics"),
        ("Setting up qBittorrent", "Clients"),
        ("Port forwarding for everyone", "Connectivity"),
        ("Converting AAX to M4B", "Conversions"),
        ("InAudible and its settings", "InAudible"),
        ("Legacy: the old uploader", "Legacy"),
        ("Uploading your first book", "Uploading"),
        ("Optimizing disk speed", "Optimization"),
        ("Bonus points", "Site"),
        ("Portable thoughts", "Misc"),
    ],
)
def test_a_guide_is_filed_by_the_words_of_its_title(title, category):
    assert documents.category_of(title, "/guides/?gid=1") == category


def test_a_crawl_follows_guides_three_links_deep_and_nothing_else(settings, fast_time):
    asked = []

    @Request.application
    def chain_of_guides(request):
        asked.append(request.full_path.rstrip("?"))
        following = int(request.args.get("gid", 0)) + 1
        links = f'<a href="?gid={following}&amp;print=1#end">on</a> <a href="/guides/">back</a>'
        links += '<a href="/rules.php">rules</a> <a href="https://elsewhere.example/guides/?gid=99">out</a>'
        return Response(guide(f"Guide {following - 1}", links), mimetype="text/html")

    with serve(chain_of_guides) as settings.TRACKER_URL:
        settings.TRACKER_COOKIE, settings.TRACKER_PAGES_ALLOWED = "example", True
        run = jobs.run_now("crawl")

    assert asked == ["/guides/", "/guides/?gid=1", "/guides/?gid=2", "/guides/?gid=3"]
    assert run.summary == "3 guides: 3 new."


def test_the_recorded_pages_are_imported_and_the_login_page_is_refused():
    report = imported(RECORDED / "pages")

    assert (report.new, report.refused) == (
        2,
        [("logged_out.html", "it is the page that asks to log in: log in and save the page again")],
    )
    assert report.sentence().startswith("2 pages: 2 new; 1 refused: logged_out.html (it is the page that asks")
    assert set(Document.objects.values_list("path", flat=True)) == {
        "/imported/search_ryan_rimmel",
        "/imported/search_terry_pratchett",
    }
    assert "[uploader]" not in "".join(DocumentVersion.objects.values_list("text", flat=True))


def test_importing_again_changes_nothing(tmp_path):
    save(tmp_path, "Ports.html", guide())

    reports = [imported(tmp_path), imported(tmp_path)]

    assert [report.sentence() for report in reports] == ["1 page: 1 new.", "1 page: 1 unchanged."]
    assert DocumentVersion.objects.get().source == "import"


def test_a_crawled_page_and_the_same_page_saved_are_one_document(tmp_path):
    documents.store_page(page("Open one.", path="/guides/?gid=7"), "crawl")
    save(tmp_path, "Ports.html", guide(head=saved_from("https://www.myanonamouse.net/guides/?gid=7")))

    report = imported(tmp_path)

    assert report.sentence() == "1 page: 1 unchanged."


@pytest.mark.parametrize(
    ("name", "text", "path"),
    [
        ("a.html", guide(head=saved_from("https://www.myanonamouse.net/guides/?gid=7#top")), "/guides/?gid=7"),
        ("a.html", guide(head=saved_from("http://myanonamouse.net/guides/?x=1&gid=7")), "/guides/?gid=7"),
        ("a.html", guide(head=saved_from("https://www.myanonamouse.net")), "/"),
        ("a.html", guide(head=saved_from("https://www.myanonamouse.net/rules.php")), "/rules.php"),
        ("a.html", guide(head="<!--\n Page saved with SingleFile \n url: https://www.myanonamouse.net/faq.php \n-->"),
         "/faq.php"),
        ("a.html", guide(head=saved_from("about:internet")), "/imported/a"),
        ("a.html", guide().replace("<head>", '<head><link rel="canonical" href="/guides/?gid=8">'), "/guides/?gid=8"),
        ("a.html", guide(text='<a href="?gid=9#two">2</a> <a href="?gid=5">other</a> <b id="two">2</b>'),
         "/guides/?gid=9"),
        ("a.html", guide(text='<a href="?gid=5">see also</a>'), "/imported/a"),
        ("guides_gid=31646.htm", guide(), "/guides/?gid=31646"),
        ("Grüße an Käufer _ My Anonamouse (2).html", guide(), "/imported/grüße-an-käufer"),
    ],
)  # fmt: skip
def test_where_a_saved_page_stands_is_told_by_what_it_holds(name, text, path):
    assert saved_pages.read_page(name, text.encode()).path == path


def test_a_page_saved_from_the_sandbox_is_understood(settings):
    text = guide(head=saved_from("http://127.0.0.1:8901/mam/guides/?gid=7"))

    read = saved_pages.read_page("a.html", text.encode(), base_url="http://127.0.0.1:8901/mam")

    assert read.path == "/guides/?gid=7"


@pytest.mark.parametrize(
    "address",
    ["https://www.myanonamouse.net/u/100017", "https://elsewhere.example/guides/?gid=7",
     "https://www.myanonamouse.net/user/settings?token=0123456789abcdef", "https://www.myanonamouse.net.example/guides/"],
)  # fmt: skip
def test_a_page_saved_from_elsewhere_is_refused(address):
    with pytest.raises(saved_pages.NotImported, match="not among the pages that are kept") as refusal:
        saved_pages.read_page("a.html", guide(head=saved_from(address)).encode())

    assert "token=" not in str(refusal.value)


def test_an_address_that_is_longer_than_any_page_has_is_refused():
    address = f"https://www.myanonamouse.net/tor/browse.php?{'x' * 300}"

    with pytest.raises(saved_pages.NotImported, match="too long"):
        saved_pages.read_page("a.html", guide(head=saved_from(address)).encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_saved_page_is_read_in_any_usual_encoding(tmp_path, encoding):
    text = guide("Für Bücher", head=saved_from("https://www.myanonamouse.net/guides/?gid=7"))
    save(tmp_path, "a.html", text, encoding)

    imported(tmp_path)

    document = Document.objects.get()
    assert (document.path, document.title) == ("/guides/?gid=7", "Für Bücher")


def test_a_page_saved_as_one_file_is_opened(tmp_path):
    save(
        tmp_path,
        "Ports.mhtml",
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://www.myanonamouse.net/guides/?gid=7\n"
        'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="--line"\n\n'
        "----line\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
        + guide("Bücher").replace("=", "=3D").replace("ü", "=C3=BC")
        + "\n----line--\n",
    )

    report = imported(tmp_path)

    assert (report.new, report.refused) == (1, [])
    assert Document.objects.get().path == "/guides/?gid=7"
    assert Document.objects.get().title == "Bücher"


def test_a_folder_is_read_with_all_below_it_and_without_what_browsers_put_beside_pages(tmp_path):
    save(tmp_path, "b/Clients.html", guide("Clients"))
    save(tmp_path, "Ports.HTM", guide("Ports"))
    save(tmp_path, "Ports_files/frame.html", "<html></html>")
    save(tmp_path, "notes.txt", "nothing")

    names = [file.name for file in saved_pages.find([tmp_path])]

    assert names == ["Ports.HTM", "b/Clients.html"]


def test_an_archive_is_read_without_writing_anything(tmp_path):
    archive = tmp_path / "in" / "pages.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("../../outside.html", guide("Outside"))
        made.writestr("/etc/absolute.html", guide("Absolute"))
        made.writestr("style.css", "p {}")

    report = imported(archive)

    assert (report.new, report.refused) == (2, [])
    assert set(Document.objects.values_list("path", flat=True)) == {"/imported/outside", "/imported/absolute"}
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "pages.zip"]


def test_one_bad_file_does_not_spoil_the_rest(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.html", b"\0" * (5 * 1024**2))
        made.writestr("fine.html", guide("Fine"))
    save(tmp_path, "b.zip", "not an archive")
    save(tmp_path, "c.html", "<html><body>Maintenance</body></html>")
    save(tmp_path, "d.html", f'<div id="mainBody">{"<div>" * 5_000}</div>')
    save(tmp_path, "e.html", "")
    save(tmp_path, "f.mht", "Subject: nothing\n\nnothing")

    report = imported(tmp_path)

    assert report.new == 1
    assert dict(report.refused) == {
        "a.zip/bomb.html": "it unpacks to far more than a page holds",
        "b.zip": "it is not a zip archive that can be read",
        "c.html": "it is not a page of the tracker",
        "d.html": "it is nested too deeply to be read",
        "e.html": "it is not a page of the tracker",
        "f.mht": "it holds no page",
    }


def test_what_is_named_and_no_page_is_told_so(tmp_path):
    report = imported(save(tmp_path, "notes.txt", "x"), tmp_path / "gone.html")

    assert [name for name, _ in report.refused] == ["notes.txt", "gone.html"]
    assert "it is not a saved page" in report.refused[0][1]
    assert report.refused[1][1] == "it cannot be read: No such file or directory"
    assert report.sentence().startswith("No page was imported; 2 refused: notes.txt (")


def test_limits_hold_for_a_file_and_for_the_whole(tmp_path, monkeypatch):
    for number in range(4):
        save(tmp_path, f"{number}.html", guide(text=f"{number} " * (400 if number == 0 else 1)))
    monkeypatch.setattr(saved_pages, "LARGEST_FILE_BYTES", 500)
    monkeypatch.setattr(saved_pages, "LARGEST_IMPORT_BYTES", 200)
    monkeypatch.setattr(saved_pages, "MOST_FILES", 3)

    report = imported(tmp_path)

    assert report.new == 1
    assert dict(report.refused) == {
        "0.html": "it is larger than 0 MB",
        "2.html": "the import is too large in all: import the rest on its own",
        "…": "more than 3 files: import the rest on its own",
    }


def test_two_texts_for_one_page_do_not_take_turns(tmp_path):
    head = saved_from("https://www.myanonamouse.net/guides/?gid=7")
    save(tmp_path, "a.html", guide(text="newer", head=head))
    save(tmp_path, "b.html", guide(text="older", head=head))
    save(tmp_path, "c.html", guide(text="newer", head=head))

    report = imported(tmp_path)

    assert (report.new, report.unchanged) == (1, 1)
    assert report.refused == [("b.html", "it is the page of a.html with another text: keep one of the two")]


def test_an_import_goes_on_where_it_was_cut(tmp_path):
    class Cut(Exception):
        pass

    def cut_at_b(name):
        if name == "b.html":
            raise Cut

    for name in ("a", "b", "c"):
        save(tmp_path, f"{name}.html", guide(name))
    report, read = documents.ImportReport(), []
    with pytest.raises(Cut):
        documents.import_pages(saved_pages.find([tmp_path]), report=report, beat=cut_at_b)
    report = documents.ImportReport.model_validate_json(report.model_dump_json())

    documents.import_pages(saved_pages.find([tmp_path]), report=report, beat=read.append)

    assert read == ["b.html", "c.html"]
    assert report.sentence() == "3 pages: 3 new."


def test_uploaded_files_are_laid_aside_imported_and_removed(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    uploads = [SimpleUploadedFile("Ports.html", guide(text=text).encode()) for text in ("one", "two")]

    run = documents.request_import(uploads)
    jobs.work(run.pk)

    run.refresh_from_db()
    assert run.status == JobRun.Status.SUCCEEDED, run.failure
    assert run.summary.startswith("1 page: 1 new; 1 refused: 002/Ports.html (it is the page of 001/Ports.html")
    assert list(documents.uploads_folder().iterdir()) == []


def test_an_import_that_cannot_be_queued_leaves_no_files(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    jobs.request("import_pages", paths=[])

    with pytest.raises(jobs.AlreadyActive):
        documents.request_import([SimpleUploadedFile("Ports.html", b"x")])

    assert list(documents.uploads_folder().iterdir()) == []


def test_the_command_imports_and_leaves_the_files(tmp_path):
    path, out = save(tmp_path, "Ports.html", guide()), StringIO()

    call_command("pages", str(tmp_path), stdout=out)

    assert out.getvalue() == "1 page: 1 new.\n"
    assert path.exists()


def test_a_dry_run_of_the_command_keeps_nothing(tmp_path):
    save(tmp_path, "Ports.html", guide())
    out = StringIO()

    call_command("pages", str(tmp_path), "--dry-run", "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert (told["new"], told["status"]) == (1, "dry run")
    assert not Document.objects.exists()


def test_the_command_fails_when_a_file_is_refused(tmp_path):
    save(tmp_path, "login.html", (RECORDED / "login_page.html").read_text(encoding="utf-8"))
    out = StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("pages", str(tmp_path), stdout=out)

    assert exit_.value.code == 1
    assert "  login.html: it is the page that asks to log in" in out.getvalue()


def test_the_command_names_what_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="There is no"):
        call_command("pages", str(tmp_path / "gone"))


def test_an_import_of_nothing_says_so(tmp_path):
    assert imported(tmp_path).sentence() == "Nothing was imported: there are no saved pages."


def test_the_form_takes_several_pages_and_refuses_other_files():
    def form(*names):
        files = [SimpleUploadedFile(name, b"x") for name in names]
        return SavedPagesForm(files=MultiValueDict({"saved": files}))

    good, bad = form("a.html", "b.zip"), form("a.html", "b.exe")

    assert good.is_valid(), good.errors
    assert [file.name for file in good.cleaned_data["saved"]] == ["a.html", "b.zip"]
    assert "b.exe is no saved page" in str(bad.errors)
    assert not form().is_valid()
