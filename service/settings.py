"""What the people who run it can set, from the environment: every name begins with TIMESCALES_."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings. An unset one has the default shown; a value that cannot be right stops the start with its name."""

    model_config = SettingsConfigDict(env_prefix="TIMESCALES_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="where the database, outbox, reports and key secret are kept")
    database_url: str = Field("", description="sqlite:///… or postgresql://…; unset: an SQLite file in the data folder")
    authority: str = Field("england", description="the pack of the authority whose database this is")
    alerts_from: date | None = Field(
        None, description="nobody is mailed of a due date before this day; unset: the day the database was made"
    )
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=0, le=65_535, description="the port to listen on")
    base_url: str = Field("", description="the address people use, for links in mail; unset: http://host:port")
    secret: SecretStr = Field(
        SecretStr(""), description="what API keys are hashed with; unset: made once, kept in the data folder"
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://user:password@host:587 (STARTTLS required), smtps://… (TLS from the start) or "
        "smtp+plaintext://… (no TLS: only inside one machine); unset: mail is written to the outbox folder, not sent",
    )
    smtp_ca_file: Path | None = Field(None, description="the certificates to trust, where they are not the system's")
    mail_from: str = Field("timescales@localhost", description="the address that mail comes from")
    tick_seconds: float = Field(20.0, gt=0, le=3600, description="how often the scheduler looks for something due")
    header_seconds: float = Field(15.0, gt=0, le=60, description="how long a client may take over a request's headers")
    body_seconds: float = Field(60.0, gt=0, le=600, description="how long a client may keep a body waiting")
    feed_dir: Path | None = Field(
        None, description="a folder where returns and event files are dropped, taken once, and moved to done or refused"
    )
    log_level: str = Field(
        "info", pattern="^(?i:debug|info|warning|error)$", description="debug, info, warning or error"
    )

    @cached_property
    def store_url(self) -> str:
        """The database URL in the form the store opens."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'timescales.db'}"
        for name in ("postgresql://", "postgres://"):
            if url.startswith(name):
                return "postgresql+psycopg://" + url.removeprefix(name)
        return url

    @property
    def address(self) -> str:
        """Where people reach the service: the start of every link in a mail."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def outbox_dir(self) -> Path:
        return self.data_dir / "outbox"

    @property
    def reports_dir(self) -> Path:
        return self.data_dir / "reports"
