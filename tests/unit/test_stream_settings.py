"""Settings that can be wrong in more ways than their type says."""

from pathlib import Path

import pytest

from stream.settings import BadSettings, load


@pytest.mark.parametrize(
    "url",
    [
        "none",
        "sqlite:///weir.db",
        "sqlite:////var/lib/weir/weir.db",
        "sqlite:///odd ?#@: name.db",
        "postgresql://weir:secret@db.example.com:5432/weir",
        "postgres://weir@db/weir?sslmode=require",
        "postgresql://w:%40%2F@[::1]:5432,other:5433/weir",
        "postgresql:///weir",
    ],
)
def test_a_database_is_one_of_two_kinds_or_none(url: str) -> None:
    assert load({"database_url": url}).database_url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "None",
        "weir.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://weir.db",
        "mysql://weir@db/weir",
        "postgresql+asyncpg://weir@db/weir",
        "postgresql://weir@db:port/weir",
        "postgresql://weir:s3cr@t@db/weir",
        "postgresql://weir:s3cr/t@db/weir",
        "postgresql://weir:1?s3cr@db/weir",
        "postgresql://" + "a," * 5_000 + "[",
    ],
)
def test_anything_else_is_refused_with_the_valid_forms_and_without_the_password(url: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load({"database_url": url})
    message = str(refused.value)
    assert message.startswith("WEIR_DATABASE_URL: must be sqlite:///path")
    assert "postgresql://user:password@host:port/db" in message
    assert "none" in message
    assert "s3cr" not in message


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_an_answer_waits_for_its_record_but_not_for_ever(seconds: str) -> None:
    assert load().record_seconds == 2
    with pytest.raises(BadSettings, match="WEIR_RECORD_SECONDS"):
        load({"record_seconds": seconds})


@pytest.mark.parametrize(
    "url",
    [
        "none",
        "sqlite:///mlflow.db",
        "sqlite:////var/lib/weir/mlflow.db",
        "postgresql://mlflow:secret@localhost:5432/mlflow",
        "http://127.0.0.1:5000",
        "https://user:pa%40ss@localhost/mlflow/",
        "http://[::1]:5000",
    ],
)
def test_mlflow_is_a_server_or_its_database_or_none(url: str) -> None:
    assert load().mlflow_url == "sqlite:///mlflow.db"
    assert load({"mlflow_url": url}).mlflow_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "mlflow.db", "file:///mlruns", "sqlite://", "sqlite:///what?.db"),
        *("ftp://s3cr@t/x", "http://u:s3cr@t@localhost"),
        "postgresql://mlflow:s3cret@one:5432,two:5432/mlflow",
    ],
)
def test_another_mlflow_is_refused_with_the_valid_forms(url: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load({"mlflow_url": url})
    message = str(refused.value)
    assert message.startswith("WEIR_MLFLOW_URL: must be http://host:port")
    assert "sqlite:///path" in message
    assert "none" in message
    assert "s3cr" not in message


@pytest.mark.parametrize(
    "url", ["http://mlflow:5000", "https://u:p@10.0.0.7/x", "postgresql://m@db:5432/m"]
)
def test_models_on_another_machine_are_signed_with_a_key_that_is_secret(url: str) -> None:
    with pytest.raises(BadSettings, match="WEIR_SIGNING_KEY must be set"):
        load({"mlflow_url": url})
    assert load({"mlflow_url": url, "signing_key": "a-key-of-the-tests"}).mlflow_url == url


def test_the_spool_is_a_directory(tmp_path: Path) -> None:
    assert load().spool_dir == Path("spool")
    assert load({"spool_dir": str(tmp_path / "new")}).spool_dir == tmp_path / "new"
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match=r"WEIR_SPOOL_DIR: .*file is a file; name a directory"):
        load({"spool_dir": str(tmp_path / "file")})
    assert load().mlflow_artifacts == "mlartifacts"
    with pytest.raises(BadSettings, match="WEIR_MLFLOW_ARTIFACTS"):
        load({"mlflow_artifacts": ""})


LOGIN = {"kafka_sasl_username": "weir", "kafka_sasl_password": "s3cr"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"kafka_security_protocol": "SASL_SSL"}, "must be set"),
        ({"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "weir"}, "must be set"),
        (LOGIN, "set it to SASL_SSL"),
        (LOGIN | {"kafka_security_protocol": "SSL"}, "set it to SASL_SSL"),
        ({"kafka_ssl_cafile": __file__}, "set it to SSL or SASL_SSL"),
        ({"kafka_security_protocol": "SSL", "kafka_ssl_cafile": __file__}, "in PEM"),
        (
            {"kafka_security_protocol": "SSL", "kafka_ssl_cafile": "/nowhere"},
            "WEIR_KAFKA_SSL_CAFILE",
        ),
        ({"kafka_security_protocol": "SSL", "kafka_ssl_keyfile": __file__}, "without WEIR_"),
        ({"kafka_security_protocol": "TLS"}, "SASL_PLAINTEXT"),
    ],
)
def test_a_half_way_into_kafka_is_refused(given: dict[str, str], why: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(given)
    assert why in str(refused.value)
    assert "s3cr" not in str(refused.value)


def test_the_password_of_kafka_is_shown_to_nobody() -> None:
    settings = load(LOGIN | {"kafka_security_protocol": "SASL_PLAINTEXT"})
    assert "s3cr" in settings.kafka.options().values()
    assert "s3cr" not in repr(settings)
    assert "s3cr" not in repr(settings.kafka)
