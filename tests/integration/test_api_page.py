"""The files of the live page as the API serves them; tests/e2e/ has the page in a browser."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import httpx
import pytest

from api.page import page_files
from stream.api_keys import entry
from stream.settings import Settings, load
from tests.integration.api_seed import ask

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return load(
        {"redis_url": redis_url, "domains": "churn", "api_keys": entry("secret", "page", ["read"])}
    )


def test_the_page_needs_no_key_and_lets_nothing_in_from_elsewhere(settings: Settings) -> None:
    response = ask(settings, "/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert response.headers["cache-control"] == "no-cache"
    assert 'href="docs"' in response.text
    assert not re.search(r"<script>|<style|style=|\son\w+=|https?://", response.text)


def test_all_that_the_page_and_its_modules_name_is_there(settings: Settings) -> None:
    seen: set[str] = set()
    waiting = re.findall(r'(?:src|href)="static/([^"]+)"', ask(settings, "/").text)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        response = ask(settings, f"/static/{path}")
        assert response.status_code == 200, path
        assert response.headers["content-security-policy"].startswith("default-src 'self'; ")
        folder = PurePosixPath("/", path).parent
        for name in re.findall(r'from "(\.[^"]+)"', response.text):
            url = httpx.URL("http://weir").join(f"{folder}/").join(name)
            waiting.append(url.path.removeprefix("/"))
    assert seen == page_files().keys() - {"index.html"}  # and nothing that nobody asks for


def test_a_file_is_sent_again_only_when_it_has_changed(settings: Settings) -> None:
    first = ask(settings, "/static/main.js")
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    etag = first.headers["etag"]
    for tag in (etag, f'"other", W/{etag}'):
        again = ask(settings, "/static/main.js", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert ask(settings, "/static/main.js", headers={"If-None-Match": '"x"'}).status_code == 200
    assert ask(settings, "/static/base.css").headers["etag"] != etag
    head = ask(settings, "/", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["nope.js", "../page.py", "%2e%2e/page.py", ""])
def test_there_are_no_other_files(settings: Settings, path: str) -> None:
    response = ask(settings, f"/static/{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_the_page_is_in_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for path, file in page_files().items():
            assert archive.read(f"api/static/{path}") == file.content
