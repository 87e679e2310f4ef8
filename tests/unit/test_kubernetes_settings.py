"""kubernetes/: settings and secrets: known ones, none by default, and enough to start with."""

import os
import subprocess
from pathlib import Path

import pytest

from stream.settings import BadSettings, Settings, load
from tests.manifests import (
    BASE,
    EXAMPLE,
    ROOT,
    SECRETS,
    Manifest,
    copy_with_secrets,
    environment,
    files,
    folders,
    kustomization,
    of_kind,
    pods,
    read,
    render,
    secret_files,
    written,
)

_FIELDS = {f"WEIR_{name.upper()}" for name in Settings.model_fields}

#: Is read by ``stream.settings.load`` itself.
_KNOWN = _FIELDS | {"WEIR_SECRETS_DIR"}


def _generators(folder: str, kind: str) -> list[Manifest]:
    found: list[Manifest] = kustomization(folder).get(f"{kind}Generator", [])
    return found


def test_every_setting_is_one(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        names = [name for name in environment(manifests, pod) if name.startswith("WEIR_")]
        assert len(names) > 8
        assert set(names) <= _KNOWN
        secret = {name.upper() for name in secret_files(pod) if name.startswith("weir_")}
        assert secret
        assert secret <= _KNOWN
        # what is in the environment would win
        assert not secret & set(names)


@pytest.mark.parametrize("folder", folders())
def test_every_setting_of_a_component_or_overlay_is_one(folder: str) -> None:
    for generator in _generators(folder, "configMap"):
        names = {literal.partition("=")[0] for literal in generator["literals"]}
        assert names <= _KNOWN


def test_no_secret_is_in_the_repository() -> None:
    assert not of_kind(written(), "Secret")
    assert not _generators(BASE, "secret")
    for folder in folders():
        for generator in _generators(folder, "secret"):
            # files that are not there, and no literals
            assert set(generator) <= {"name", "files", "options"}
            assert all(name.startswith("secrets/") for name in generator["files"])
    tracked = subprocess.run(
        ["git", "ls-files", str(ROOT / EXAMPLE / "secrets")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [Path(name).name for name in tracked] == [".gitignore"]


def test_what_is_put_there_stays_out_of_git() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", *(f"{EXAMPLE}/secrets/{name}" for name in SECRETS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert {Path(name).name for name in ignored} == set(SECRETS)


def test_the_base_has_no_secret(base: list[Manifest]) -> None:
    assert not of_kind(base, "Secret")


@pytest.mark.usefixtures("kubectl")
@pytest.mark.parametrize("missing", SECRETS)
def test_without_a_secret_the_example_is_not_rendered(tmp_path: Path, missing: str) -> None:
    place = copy_with_secrets(tmp_path)
    (place / EXAMPLE / "secrets" / missing).unlink()
    done = render(place / EXAMPLE)
    assert done.returncode != 0
    assert missing in done.stderr


def test_pods_name_every_file_and_the_example_has_it(example: list[Manifest]) -> None:
    made = {
        (name, key) for name, found in of_kind(example, "Secret").items() for key in found["data"]
    }
    wanted = {where for pod in pods(example).values() for where in secret_files(pod).values()}
    for each in of_kind(example, "TriggerAuthentication").values():
        wanted |= {(ref["name"], ref["key"]) for ref in each["spec"]["secretTargetRef"]}
    assert wanted == made


def test_no_pod_starts_without_a_file(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        for volume in pod["spec"]["volumes"]:
            for source in volume.get("projected", {}).get("sources", ()):
                # named one by one, the kubelet refuses to start without it
                assert source["secret"]["items"]
                assert "optional" not in source["secret"]


def test_each_is_given_only_what_it_needs(manifests: list[Manifest]) -> None:
    given = {
        name: {file for file in secret_files(pod) if "kafka" not in file and file != "ca.crt"}
        for name, pod in pods(manifests).items()
    }
    everyone = {"weir_signing_key", "weir_redis_url"}
    assert given == {
        "weir-worker": everyone,
        "weir-trainer": everyone | {"weir_database_url"},
        "weir-api": everyone | {"weir_database_url", "weir_api_keys"},
    }


def test_who_talks_to_kafka_can_log_in(example: list[Manifest]) -> None:
    kafka = {"weir_kafka_sasl_username", "weir_kafka_sasl_password", "ca.crt"}
    for name, pod in pods(example).items():
        environ = environment(example, pod)
        if name == "weir-api":  # it does not talk to Kafka
            assert not kafka & set(secret_files(pod))
            assert "WEIR_KAFKA_SECURITY_PROTOCOL" not in environ
            continue
        assert kafka <= set(secret_files(pod))
        assert environ["WEIR_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
        assert environ["WEIR_KAFKA_SSL_CAFILE"] == f"{environ['WEIR_SECRETS_DIR']}/ca.crt"


def _mounted(pod: Manifest, place: Path) -> None:
    """Lay the files out as the kubelet does: links into a directory that is exchanged whole."""
    (place / "..data").mkdir()
    for file in secret_files(pod):
        (place / "..data" / file).write_text(SECRETS[file] + "\n")
        (place / file).symlink_to(Path("..data") / file)


@pytest.mark.parametrize("name", ["weir-worker", "weir-api", "weir-trainer"])
def test_each_can_start_with_its_settings(
    manifests: list[Manifest], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = pods(manifests)[name]
    _mounted(pod, tmp_path)
    for each in [each for each in os.environ if each.startswith("WEIR_")]:
        monkeypatch.delenv(each)
    environ = environment(manifests, pod)
    for setting, value in environ.items():
        here = value.replace(environ["WEIR_SECRETS_DIR"], str(tmp_path))
        monkeypatch.setenv(setting, here)

    found = load()

    assert found.redis_url == SECRETS["weir_redis_url"]
    assert found.signing_key.get_secret_value() == SECRETS["weir_signing_key"]
    assert found.clock == "wall"
    found.kafka.options()
    if name == "weir-worker":
        assert found.metrics_host == "0.0.0.0"  # noqa: S104 - Prometheus is elsewhere
    else:
        assert found.database_url == SECRETS["weir_database_url"]
    # none is let off its secrets: there is no default to fall back on
    needed = "weir_api_keys" if name == "weir-api" else "weir_signing_key"
    (tmp_path / needed).unlink()
    with pytest.raises(BadSettings, match=needed.upper()):
        load()


def test_the_settings_of_all_are_rolled_out_when_they_change(base: list[Manifest]) -> None:
    (name,) = of_kind(base, "ConfigMap")
    assert name.startswith("weir-settings-")
    for pod in pods(base).values():
        (source,) = pod["spec"]["containers"][0]["envFrom"]
        assert source == {"configMapRef": {"name": name}}


def test_all_files_are_of_known_kinds() -> None:
    kinds = {found["kind"] for path in files() for found in read(path)}
    assert "Secret" not in kinds
    assert "ConfigMap" not in kinds, "settings are in kustomization.yaml, so that changes roll out"
