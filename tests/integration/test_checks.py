"""Each check of `make check` fails when its rule is broken; one that cannot fail checks nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent

#: What is planted, where, and the command that must refuse it.
VIOLATIONS = {
    "models knows no clock": ("models/planted.py", "import time\n", ["lint-imports"]),
    "models knows no driver": ("models/planted.py", "import redis\n", ["lint-imports"]),
    "models knows no stream": ("models/planted.py", "import stream.settings\n", ["lint-imports"]),
    "stream knows no api": ("stream/planted.py", "import api.app\n", ["lint-imports"]),
    "api knows no replay": ("api/planted.py", "import replay.send\n", ["lint-imports"]),
    "api knows no faust": ("api/planted.py", "import faust\n", ["lint-imports"]),
    "api knows no worker": ("api/planted.py", "import stream.bootstrap\n", ["lint-imports"]),
    "drivers are in adapters": ("stream/planted.py", "import redis\n", ["lint-imports"]),
    "SQL is in adapters": ("api/planted.py", "import sqlalchemy\n", ["lint-imports"]),
    "one reader of the environment": ("stream/planted.py", "import os\n\nos.environ\n", ["ruff"]),
    "types": ("models/planted.py", '"""Planted."""\n\nx: int = "one"\n', ["mypy"]),
    "untyped": ("models/planted.py", '"""Planted."""\n\n\ndef f(x):\n    return x\n', ["mypy"]),
    "lint": ("models/planted.py", '"""Planted."""\n\nimport json\n', ["ruff"]),
    "no docstring": ("models/planted.py", "def f() -> None:\n    return\n", ["ruff"]),
    "print": ("stream/planted.py", '"""Planted."""\n\nprint("x")\n', ["ruff"]),
    "format": ("models/planted.py", '"""Planted."""\n\nx = {  }\n', ["format"]),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, to plant in."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("models", "stream", "api", "replay"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def run(tree: Path, check: str, file: str) -> subprocess.CompletedProcess[str]:
    commands = {
        "lint-imports": ["lint-imports", "--no-cache"],
        "ruff": ["ruff", "check", "--no-cache", file],
        "format": ["ruff", "format", "--check", "--no-cache", file],
        "mypy": ["mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "planted"), file],
    }
    tool, *arguments = commands[check]
    env = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(
        [str(TOOLS / tool), *arguments],
        cwd=tree,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_planted_violation_is_found(tree: Path, what: str) -> None:
    file, code, (check,) = VIOLATIONS[what]
    planted = tree / file
    planted.write_text(code)
    try:
        result = run(tree, check, file)
    finally:
        planted.unlink()
    assert result.returncode == 1, result.stdout + result.stderr
    assert "planted" in result.stdout + result.stderr


@pytest.mark.parametrize("check", ["lint-imports", "ruff", "format", "mypy"])
def test_without_one_it_passes(tree: Path, check: str) -> None:
    result = run(tree, check, "models/errors.py")
    assert result.returncode == 0, result.stdout + result.stderr
