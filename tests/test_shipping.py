"""What is shipped around the code: settings, containers, workflow and locks agree with what exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from mamcrawler.sandbox.server import serve

ROOT: Path = settings.BASE_DIR
LOCKS = ("requirements.txt", "requirements-dev.txt")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def parse_yaml(text: str):
    """Read the part of YAML that our files use: nested maps and lists of plain scalars, anchors and merges."""
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()]
    lines = [(indent, line) for indent, line in lines if line and not line.startswith("#")]
    value, rest = _block(lines, {})
    assert not rest, f"not understood: {rest[0]}"
    return value


def _block(lines, anchors):
    return _list(lines, anchors) if lines[0][1].startswith("- ") else _map(lines, anchors)


def _list(lines, anchors):
    indent, items = lines[0][0], []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        item = lines[0][1][2:]
        if re.match(r"[\w-]+: ", item):
            value, lines = _map([(indent + 2, item), *lines[1:]], anchors)
        else:
            value, lines = _scalar(item), lines[1:]
        items.append(value)
    return items, lines


def _map(lines, anchors):
    indent, own, merged = lines[0][0], {}, {}
    while lines and lines[0][0] == indent:
        key, said = re.fullmatch(r"([\w<-]+):(?: (.+))?", lines[0][1]).groups("")
        lines = lines[1:]
        if said and said[0] not in "&*":
            value = _scalar(said)
        elif said.startswith("*"):
            value = anchors[said[1:]]
        elif lines and lines[0][0] > indent:
            value, lines = _block(lines, anchors)
        else:
            value = None
        if said.startswith("&"):
            anchors[said[1:]] = value
        assert key not in own, f"{key} stands twice"
        if key == "<<":
            merged = value
        else:
            own[key] = value
    return {**merged, **own}, lines


def _scalar(text: str):
    text = re.sub(r"\s+#.*", "", text)
    if text.startswith("[") and text.endswith("]"):
        return [_scalar(item.strip()) for item in text[1:-1].split(",")]
    return {"true": True, "false": False}.get(text, text.strip('"'))


@pytest.fixture(scope="module")
def compose():
    return parse_yaml(read("compose.yaml"))


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments."""
    joined = re.sub(r"\\\n\s*", "", read("Dockerfile"))
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def assert_runs_here(command: str) -> None:
    """Fail unless this command line names things that exist here."""
    words = re.findall(r"[^\s\[\]\",]+", command)
    if words[:2] == ["python", "manage.py"]:
        load_command_class(get_commands()[words[2]], words[2]).create_parser("manage.py", words[2]).parse_args(
            words[3:]
        )
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file(), command
    elif words[0] == "gunicorn":
        checked = [sys.executable, "-m", *words, "--check-config"]
        assert subprocess.run(checked, cwd=ROOT, check=False, capture_output=True).returncode == 0, command
    else:
        raise AssertionError(f"what is {command!r}?")


def variables_of_settings() -> set[str]:
    found = re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', read("mamcrawler/settings.py"))
    return set(found)


def test_every_variable_of_the_settings_stands_in_the_example_with_a_comment_above():
    lines = read(".env.example").splitlines()
    listed = {match[1] for line in lines if (match := re.match(r"#?([A-Z_]+)=", line))}
    of_compose = set(re.findall(r"\$\{(\w+)", read("compose.yaml")))

    assert listed == variables_of_settings() | of_compose


def test_the_example_configures_no_outside_system_so_that_a_copy_of_it_still_runs_on_the_sandbox():
    given = [line for line in read(".env.example").splitlines() if re.match(r"[A-Z_]+=.", line)]

    assert given == []


def test_the_table_of_settings_names_variables_that_exist():
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", read("README.md"))) - {"NAME", "NAME_FILE", "UTC"}

    assert named
    assert named <= variables_of_settings()


@pytest.mark.parametrize("name", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_between_documents_lead_somewhere(name):
    targets = re.findall(r"\]\(([^)#]+)\)", read(name))
    pages = [target for target in targets if not target.startswith("http") and not target.endswith(".png")]

    assert [target for target in pages if not (ROOT / name).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_names_no_index(lock):
    text = read(lock)
    requirements = [
        line for line in text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")
    ]

    assert requirements
    assert [one for one in requirements if not re.match(r"[\w.\[\],-]+==\S+.*--hash=sha256:[0-9a-f]{64}", one)] == []
    assert not re.search(r"index|https?:|file:|/", re.sub(r"(?m)^\s*#.*", "", text))


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_hold_what_the_project_asks_for(lock):
    section = re.search(r"(?ms)^dependencies = \[(.*?)^\]", read("pyproject.toml"))[1]
    asked = {re.match(r"[\w-]+", one)[0] for one in re.findall(r'"([^"]+)"', section)}

    assert asked <= set(re.findall(r"(?m)^([\w.-]+)(?:\[[^\]]*\])?==", read(lock)))


def test_the_image_is_built_in_stages_and_runs_as_somebody_without_rights():
    instructions = dockerfile()

    assert [name for name, _ in instructions].count("FROM") == 2
    assert [argument for name, argument in instructions if name == "USER"] == ["mamcrawler"]
    assert next(argument for name, argument in instructions if name == "FROM").endswith("AS environment")
    assert {name for name, _ in instructions} <= {
        "FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "CMD",
    }  # fmt: skip


@pytest.mark.processes
@pytest.mark.parametrize("instruction", ["CMD", "HEALTHCHECK"])
def test_the_commands_of_the_image_exist(instruction):
    argument = next(argument for name, argument in dockerfile() if name == instruction)

    assert_runs_here(argument.split("CMD ")[-1])


def test_what_the_image_needs_is_not_ignored_and_every_app_is_in_it():
    kept = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}

    apps = {app.split(".")[0] for app in settings.INSTALLED_APPS if (ROOT / app.split(".")[0]).is_dir()}
    drawn = {Path(folder).relative_to(ROOT).parts[0] for engine in settings.TEMPLATES for folder in engine["DIRS"]}
    assert apps | drawn | {"deploy", "static", "manage.py", "requirements.txt"} <= kept
    assert [name for name in kept if not (ROOT / name).exists()] == []


@pytest.mark.processes
def test_the_services_run_commands_that_exist(compose):
    ours = {name: service for name, service in compose["services"].items() if "build" in service}

    assert set(ours) == {"migrate", "web", "worker"}
    for service in ours.values():
        assert_runs_here(service["command"])


def test_the_services_restart_keep_their_data_and_hold_no_secret(compose):
    services = compose["services"]

    assert {name for name, service in services.items() if service["restart"] == "unless-stopped"} == {
        "web", "worker", "postgres", "redis",
    }  # fmt: skip
    named = {one.split(":")[0] for service in services.values() for one in service["volumes"] if one[0] not in "$./"}
    assert named == set(compose["volumes"])
    assert all(services[name]["env_file"] == ".env" for name in ("web", "worker", "migrate"))
    secret = [line for line in read("compose.yaml").splitlines() if re.search("(?i)password|token|secret|key:", line)]
    assert [line for line in secret if "${" not in line and not line.startswith("#")] == []
    assert all(set(service.get("depends_on", {})) <= set(services) for service in services.values())


def test_the_workflow_calls_what_we_call():
    steps = parse_yaml(read(".github/workflows/ci.yml"))["jobs"]["ci"]["steps"]

    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert {"make check", "make test"} <= set(re.findall(r"make \w+", read(".ci/run")))


def test_the_script_of_ci_is_sound_shell():
    assert subprocess.run(["sh", "-n", ".ci/run"], cwd=ROOT, check=False, capture_output=True).stderr == b""


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_every_target_that_make_lists_exists():
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    targets = re.findall(r"(?m)^make (\S+)", listed)
    assert {"run", "test", "check", "lock", "format"} <= set(targets)
    for target in targets:
        assert subprocess.run(["make", "-n", target], cwd=ROOT, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "Dockerfile", "compose.yaml", ".github/workflows/ci.yml"])
def test_no_index_and_no_folder_of_one_machine_is_named(name):
    assert not re.search(r"(?<!no-emit-)index-url|pypi|/home/|/root/|/work/", read(name))


@pytest.mark.parametrize(("status", "code"), [("200 OK", 0), ("400 Bad Request", 0), ("500 Broken", 1)])
def test_the_health_check_tells_a_server_that_answers_from_a_broken_one(status, code):
    def app(_environ, start_response):
        start_response(status, [])
        return []

    with serve(app) as url:
        port = url.rsplit(":", 1)[1]
        checked = subprocess.run([sys.executable, "deploy/healthcheck.py"], cwd=ROOT, env={"PORT": port}, check=False)

    assert checked.returncode == code


def test_the_health_check_fails_where_nobody_listens():
    with serve(lambda _environ, _start: []) as url:
        port = url.rsplit(":", 1)[1]

    gone = subprocess.run([sys.executable, "deploy/healthcheck.py"], cwd=ROOT, env={"PORT": port}, check=False)

    assert gone.returncode == 1
