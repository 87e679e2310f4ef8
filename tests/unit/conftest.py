"""What unit tests of the manifests share."""

import re
import shutil
import subprocess

import pytest

from tests.manifests import BASE, EXAMPLE, Manifest, copy_with_secrets, read, render, written

#: Since then it knows all that the example uses; the base asks little of it.
_OLDEST = {BASE: (1, 20), EXAMPLE: (1, 25)}


def _need_kubectl(folder: str) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is missing: install it, 1.25 or newer, to have manifests rendered")
    told = subprocess.run(
        ["kubectl", "version", "--client", "--output=json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    major, minor = re.findall(r'"gitVersion": "v(\d+)\.(\d+)', told)[0]
    if (int(major), int(minor)) < _OLDEST[folder]:
        pytest.skip(f"kubectl {major}.{minor} is too old: 1.25 or newer renders {folder}")


@pytest.fixture
def kubectl() -> None:
    """Skip where there is no kubectl that can put the example together."""
    _need_kubectl(EXAMPLE)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """The base as kubectl renders it."""
    return _rendered(tmp_path_factory, BASE)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """The example as kubectl renders it, with secrets as a user makes them."""
    return _rendered(tmp_path_factory, EXAMPLE)


@pytest.fixture(params=["written", "base", "example"])
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    """All manifests: each file by itself, which needs no kubectl, and as they are rendered."""
    if request.param == "written":
        return written()
    found: list[Manifest] = request.getfixturevalue(request.param)
    return found


def _rendered(tmp_path_factory: pytest.TempPathFactory, folder: str) -> list[Manifest]:
    _need_kubectl(folder)
    place = copy_with_secrets(tmp_path_factory.mktemp("kubernetes"))
    done = render(place / folder)
    assert (done.returncode, done.stderr) == (0, "")
    text = place / "rendered.yaml"
    text.write_text(done.stdout)
    return read(text)
