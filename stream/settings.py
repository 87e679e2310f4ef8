"""Every setting of Weir, and the only reader of the environment.

Each is set by an environment variable ``WEIR_<NAME>``, or by a file ``weir_<name>`` in the
directory ``WEIR_SECRETS_DIR`` (Docker's and Kubernetes' way of handing over secrets). They stand by
what they are about: the sections of ``docs/reference/settings.md`` keep their order.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from cronsim import CronSim, CronSimError
from pydantic import (
    Field,
    FilePath,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models import domains
from models.checkpoint import DEVELOPMENT_KEY
from models.errors import WeirError
from stream.api_keys import ApiKey, has_demo_key, parse_entries
from stream.kafka_address import KafkaAddress, SaslMechanism, SecurityProtocol
from stream.urls import LOOPBACK, is_database, is_mlflow

#: What every secret in demo.env begins with, but for the API's key (`stream.api_keys`).
_DEMO_SECRET = "demo-only-"  # noqa: S105 - a part of them


class BadSettings(WeirError):
    """A setting is wrong; the message names it and says what is valid."""


def _text(path: Path | None) -> str | None:
    return str(path) if path else None


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class Settings(BaseSettings):
    """The settings; the field descriptions are their documentation."""

    model_config = SettingsConfigDict(
        env_prefix="WEIR_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    broker_url: str = Field(
        "kafka://127.0.0.1:9092", description="Kafka brokers: kafka://host:port[,host:port...]."
    )
    kafka_security_protocol: SecurityProtocol = Field(
        "PLAINTEXT",
        description="How the brokers are spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
    )
    kafka_sasl_mechanism: SaslMechanism = Field(
        "SCRAM-SHA-512", description="With SASL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    kafka_sasl_username: str = Field("", description="With SASL: who connects.")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="With SASL: the password.")
    kafka_ssl_cafile: FilePath | None = Field(
        None,
        description="With SSL: PEM file of who signs the brokers' certificates; without it those "
        "that the system trusts.",
    )
    kafka_ssl_certfile: FilePath | None = Field(
        None, description="With SSL: PEM file of a certificate, where brokers ask for one."
    )
    kafka_ssl_keyfile: FilePath | None = Field(
        None, description="With SSL: PEM file of its key, when that is not in the same file."
    )
    group: str = Field("weir", description="Kafka consumer group of the workers.")
    session_timeout: float = Field(
        10.0, gt=0, description="Seconds without a heartbeat after which Kafka drops a worker."
    )
    rebalance_timeout: float = Field(
        30.0, gt=0, description="Seconds that a rebalance waits for the workers to join."
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0", description="Redis: redis://[user:password@]host:port/db."
    )
    database_url: str = Field(
        "sqlite:///weir.db",
        description="Where every answered score is recorded: sqlite:///path (a fourth slash "
        "begins an absolute path), postgresql://user:password@host:port/db, or none.",
    )
    record_seconds: float = Field(
        2.0,
        gt=0,
        description="Seconds that an answer waits to be recorded; then it is refused (503).",
    )
    user_id_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="With it the record of predictions has no user ids, but a digest of each that "
        "is made with this key; who asks the record for a user is still answered.",
    )
    domains: Annotated[tuple[str, ...], NoDecode] = Field(
        default_factory=domains.names,
        description="Domains to run, comma separated; all that are installed by default.",
    )
    partitions: int = Field(
        4, ge=1, le=1024, description="Partitions of each events topic; fixed once there is state."
    )
    clock: Literal["event", "wall"] = Field(
        "event",
        description="event: time moves with the events (replays). wall: real time also moves it "
        "when a partition is idle, and events over an hour ahead of it are rejected.",
    )
    chunk_records: int = Field(
        2000, ge=1, le=20_000, description="The most records taken from a partition at once."
    )
    cache_users: int = Field(
        100_000, ge=0, description="User states kept in a worker's memory, per partition."
    )
    due_batch: int = Field(
        2000, ge=1, description="The most users whose snapshots or labels fire between two commits."
    )
    max_rejected_share: float = Field(
        0.95,
        gt=0,
        le=1,
        description="The worker stops when a larger share of the last 10,000 records of a "
        "partition was unusable: it is reading the wrong topic, or the format has changed.",
    )
    watchdog_seconds: float = Field(
        120.0, gt=0, description="The worker ends when it has lag and nothing moves for so long."
    )
    publish_seconds: float = Field(
        2.0,
        gt=0,
        description="Seconds between two model versions of the learner; a tenth of it while "
        "a replay runs through days of event time.",
    )
    watch_drift: bool = Field(
        default=True, description="Whether drift is watched for, as events and labels come."
    )
    archive_dir: Path = Field(
        Path("archive"),
        description="Where labelled examples are archived as Parquet, for retraining and "
        "rebuilding models after Kafka has forgotten them.",
    )
    retrain_schedule: str = Field(
        "0 3 * * 1",
        description="When models are retrained: a cron expression, by the stream's clock, UTC; "
        "empty for never.",
    )
    retrain_on_drift: bool = Field(
        default=True, description="Whether an alarm of concept drift starts a retraining."
    )
    retrain_cooldown_days: float = Field(
        7.0,
        ge=0,
        description="Days, by the stream's clock, in which no second alarm starts another one.",
    )
    retrain_labels: int = Field(
        20_000,
        ge=100,
        description="The newest labels, at most, that candidates are compared on.",
    )
    mlflow_url: str = Field(
        "sqlite:///mlflow.db",
        description="Where retrainings, model versions and live figures are tracked: MLflow on "
        "http(s)://host:port, its database as sqlite:///path or "
        "postgresql://user:password@host:port/db, or none.",
    )
    mlflow_artifacts: str = Field(
        "mlartifacts",
        min_length=1,
        description="Where MLflow's files go when its URL is a database: a directory (beside the "
        "SQLite file, unless it begins with a slash), or a URL such as s3://bucket/path.",
    )
    spool_dir: Path = Field(
        Path("spool"),
        description="Directory on a local disk, in which what MLflow is to be told waits for it.",
    )
    signing_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_KEY),
        min_length=16,
        description="Key of the signatures on checkpoints and models; the same for workers, API "
        "and whoever serves a model from MLflow.",
    )
    demo: bool = Field(
        default=False,
        description="Whether the secrets of demo.env, which everybody knows, are good enough.",
    )
    api_keys: Annotated[tuple[ApiKey, ...], NoDecode] = Field(
        (),
        description="Who may ask the API, and for what: entries NAME:SCOPES:HASH, by commas or "
        "line ends, as `api key` makes them; SCOPES of read, predict and admin, joined by +. "
        "Another part :UNTIL, a date, is the end of a key. Without any the API is open, and then "
        "it only listens on loopback. From a file, they are read again when it changes.",
    )
    api_host: str = Field("127.0.0.1", description="Address on which the API listens.")
    api_port: int = Field(8000, ge=0, le=65535, description="Port of the API.")
    rate_limit: float = Field(
        100.0,
        ge=0,
        description="Requests a second that the API takes from each name in WEIR_API_KEYS (from "
        "each address, where no key is sent) in the long run; 0: any number.",
    )
    rate_burst: int = Field(
        200, ge=1, description="Requests that it takes at once, where WEIR_RATE_LIMIT is set."
    )
    max_listeners: int = Field(
        200, ge=0, description="Connections at once to the API's server-sent events."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks (10.0.0.0/8) of the reverse proxies in front of the "
        "API, comma separated: they alone say in X-Forwarded-For who asks.",
    )
    metrics_host: str = Field("127.0.0.1", description="Address of a worker's metrics.")
    metrics_port: int = Field(
        9100, ge=0, le=65535, description="Port of a worker's /metrics; 0 for none."
    )
    trainer_metrics_port: int = Field(
        9099, ge=0, le=65535, description="Port of the trainer's /metrics; 0 for none."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe log level that is written."
    )
    log_format: Literal["json", "text"] = Field(
        "json", description="json: one object a line, for machines; text: for people."
    )
    _api_keys_file: Path | None = PrivateAttr(None)

    @field_validator("domains", "trusted_proxies", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        return _split(value)

    @field_validator("api_keys", mode="before")
    @classmethod
    def _keys(cls, value: object) -> object:
        return parse_entries(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ip_network(one)  # its own message says what is wrong
        return value

    @field_validator("domains")
    @classmethod
    def _installed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(domains.names()))
        if unknown or not value:
            raise ValueError(
                f"unknown: {', '.join(unknown) or 'none given'}; "
                f"installed are {', '.join(domains.names())}"
            )
        return value

    @field_validator("retrain_schedule")
    @classmethod
    def _schedule(cls, value: str) -> str:
        try:
            if value:
                CronSim(value, datetime(2000, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(
                f"is no cron expression ({error}); such a one is 0 3 * * 1, Mondays at 3"
            ) from error
        return value

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: str) -> str:
        if not value.startswith("kafka://") or not value.removeprefix("kafka://"):
            raise ValueError("must look like kafka://host:port[,host:port...]")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("mlflow_url")
    @classmethod
    def _mlflow(cls, value: str) -> str:
        if not (is_mlflow(value) or value == "none"):
            raise ValueError(
                "must be http://host:port or https://..., sqlite:///path (sqlite:////path when it "
                "begins with a slash; without ? # %), postgresql://user:password@host:port/db "
                "(one host), or none to track nothing; with @ : / ? # in user and password "
                "percent-encoded"
            )
        return value

    @field_validator("spool_dir")
    @classmethod
    def _spool(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            raise ValueError(f"{value} is a file; name a directory, which is made when it is used")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not (is_database(value) or value == "none"):
            raise ValueError(
                "must be sqlite:///path (sqlite:////path when it begins with a slash), "
                "postgresql://user:password@host:port/db (with @ : / ? # in user and password "
                "percent-encoded), or none to keep no record"
            )
        return value

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.api_host not in LOOPBACK and not self.api_keys:
            raise ValueError(
                "WEIR_API_KEYS must be set when WEIR_API_HOST is not loopback; make a key and its "
                "entry with `api key NAME --scope read`"
            )
        if self.signing_key.get_secret_value() == DEVELOPMENT_KEY and not self._all_local():
            raise ValueError(
                "WEIR_SIGNING_KEY must be set when a service is not on this machine; make one "
                "with python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return self

    @model_validator(mode="after")
    def _has_secrets_of_its_own(self) -> Self:
        given = {
            "WEIR_SIGNING_KEY": self.signing_key.get_secret_value(),
            "WEIR_KAFKA_SASL_PASSWORD": self.kafka_sasl_password.get_secret_value(),
            "WEIR_REDIS_URL": self.redis_url,
            "WEIR_DATABASE_URL": self.database_url,
            "WEIR_MLFLOW_URL": self.mlflow_url,
        }
        known = [name for name, value in given.items() if _DEMO_SECRET in value]
        if has_demo_key(self.api_keys):
            known.append("WEIR_API_KEYS")
        if known and not self.demo:
            raise ValueError(
                f"{', '.join(known)}: from demo.env, which everybody knows; make secrets of your "
                "own with `make secrets`"
            )
        return self

    @model_validator(mode="after")
    def _may_enter_kafka(self) -> Self:
        self.kafka.check()
        return self

    def _all_local(self) -> bool:
        hosts = [address.rpartition(":")[0] for address in self.bootstrap.split(",")]
        redis = urlsplit(self.redis_url)
        hosts.append("localhost" if redis.scheme == "unix" else redis.hostname or "localhost")
        if "://" in self.mlflow_url and not self.mlflow_url.startswith("sqlite:"):
            # whoever else can write there could have our models replaced
            hosts.append(urlsplit(self.mlflow_url).hostname or "localhost")
        return all(host.strip("[]") in LOOPBACK for host in [*hosts, self.api_host])

    @property
    def api_keys_file(self) -> Path | None:
        """The file that the API's keys come from; None when they come from elsewhere."""
        return self._api_keys_file

    @property
    def bootstrap(self) -> str:
        """The brokers as clients want them: ``host:port[,host:port...]``."""
        return self.broker_url.removeprefix("kafka://").rstrip("/")

    @property
    def kafka(self) -> KafkaAddress:
        """Where Kafka is, and how one gets in."""
        return KafkaAddress(
            bootstrap=self.bootstrap,
            protocol=self.kafka_security_protocol,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_sasl_username,
            password=self.kafka_sasl_password.get_secret_value(),
            cafile=_text(self.kafka_ssl_cafile),
            certfile=_text(self.kafka_ssl_certfile),
            keyfile=_text(self.kafka_ssl_keyfile),
        )

    @property
    def pseudonym_key(self) -> bytes:
        """The bytes of the key for user ids in the record; none where they stay as they are."""
        return self.user_id_key.get_secret_value().encode() if self.user_id_key else b""

    @property
    def key(self) -> bytes:
        """The signing key's bytes."""
        return self.signing_key.get_secret_value().encode()


def load(overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the settings from the environment; ``overrides`` (from command options) win.

    Raises:
        BadSettings: one is wrong; all that are wrong are named.
    """
    secrets_dir = os.environ.get("WEIR_SECRETS_DIR")
    given = {k: v for k, v in (overrides or {}).items() if v is not None}
    try:
        settings = Settings(_secrets_dir=secrets_dir, **given)  # type: ignore[call-arg, arg-type]  # pydantic's own argument, and values it validates
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"][:1]).upper()
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"WEIR_{name}: {message}" if name else message)
        raise BadSettings("; ".join(lines)) from None
    if secrets_dir and "api_keys" not in given and "WEIR_API_KEYS" not in os.environ:
        settings._api_keys_file = _existing(Path(secrets_dir) / "weir_api_keys")  # noqa: SLF001 - only here is known where they come from
        if settings.api_keys_file and not settings.api_keys:
            raise BadSettings(
                f"WEIR_API_KEYS: {settings.api_keys_file} is empty; put entries in, or take the "
                "file away for an API that is open on loopback"
            )
    return settings


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None
