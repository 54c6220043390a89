"""What the people who run it can set, from the environment: every name begins with TIMESCALES_."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOCALHOST = "localhost"


class Settings(BaseSettings):
    """All settings. An unset one has the default shown; a value that cannot be right stops the start with its name."""

    model_config = SettingsConfigDict(env_prefix="TIMESCALES_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("var"), description="where the database, outbox, reports and key secret are kept")
    database_url: str = Field("", description="sqlite:///… or postgresql://…; unset: an SQLite file in the data folder")
    authority: str = Field("england", description="the pack of the authority whose database this is")
    alerts_from: date | None = Field(
        None, description="every team is told of what is due from this day on; unset: a new authority is silent"
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
    notify_api_key: SecretStr = Field(
        SecretStr(""),
        description="a key of GOV.UK Notify, to send mail by it instead of SMTP; see docs/sending-mail.md",
    )
    notify_template_id: str = Field(
        "", description="the template of Notify that mail goes into: its subject is ((subject)), its message ((body))"
    )
    notify_url: str = Field(
        "https://api.notifications.service.gov.uk", description="where Notify is: another only for a stand-in"
    )
    notify_receipts_token: SecretStr = Field(
        SecretStr(""), description="the bearer token that Notify's delivery receipts carry; unset: none is taken"
    )
    mail_from: str = Field("timescales@localhost", description="the address that mail comes from")
    environment: str = Field(
        "",
        pattern="^(production|trial)?$",
        description="production, or trial: then mail goes to TIMESCALES_MAIL_ALLOWED alone; to be set where mail is",
    )
    mail_allowed: str = Field(
        "", description="the addresses, with commas between them, that a trial may mail; all others go to the outbox"
    )
    mail_domains: str = Field(
        "",
        pattern=r"^\s*(?:[A-Za-z0-9.-]+\s*(?:,\s*[A-Za-z0-9.-]+\s*)*)?$",
        description="the domains that mail may go to, with commas between them; unset: any",
    )
    heartbeat_url: SecretStr = Field(
        SecretStr(""),
        description="an https address asked for after each clean self-check, of a service that calls somebody when "
        "that stays away; unset: none",
    )
    webhook_networks: str = Field(
        "", description="networks of the authority's own, with commas between them, in which webhooks may be called"
    )
    webhook_ca_file: Path | None = Field(
        None, description="the certificates to trust in webhooks, where they are not the system's"
    )
    oidc_issuer: str = Field(
        "", description="the sign-in service, such as https://login.microsoftonline.com/TENANT/v2.0; unset: no pages"
    )
    oidc_client_id: str = Field("", description="what the sign-in service calls this service")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="what this service proves itself with there")
    oidc_account_claim: str = Field(
        "preferred_username",
        description="the claim that says who somebody is: their address or reference in the list of people",
    )
    oidc_groups_claim: str = Field("groups", description="the claim that lists groups (or roles), by their ids")
    oidc_groups_file: Path | None = Field(
        None, description="a TOML file that says which post each group gives; unset: posts are those people hold"
    )
    oidc_ca_file: Path | None = Field(None, description="the certificates to trust there, where not the system's")
    idle_minutes: int = Field(30, ge=1, le=480, description="after so long without use, pages ask for sign-in again")
    ask_again_minutes: int = Field(
        30, ge=1, le=1440, description="how long what the sign-in service said of somebody is believed"
    )
    session_hours: int = Field(10, ge=1, le=24, description="how long a sign-in lasts, however much it is used")
    tick_seconds: float = Field(20.0, gt=0, le=3600, description="how often the scheduler looks for something due")
    header_seconds: float = Field(15.0, gt=0, le=60, description="how long a client may take over a request's headers")
    body_seconds: float = Field(60.0, gt=0, le=600, description="how long a client may keep a body waiting")
    feed_dir: Path | None = Field(
        None, description="a folder where returns and event files are dropped, taken once, and moved to done or refused"
    )
    retention_file: Path | None = Field(
        None, description="a TOML file with the authority's own retention periods, laid over retention/periods.toml"
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
    def domains(self) -> frozenset[str]:
        """The domains that mail may go to, in lower case; none: any."""
        return frozenset(name for one in self.mail_domains.split(",") if (name := one.strip().lower()))

    @property
    def allowed(self) -> frozenset[str]:
        """The addresses that a trial may mail, in lower case."""
        return frozenset(name for one in self.mail_allowed.split(",") if (name := one.strip().lower()))

    @property
    def is_production(self) -> bool:
        """Whether this is said to be the real service."""
        return self.environment == "production"

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks in which webhooks may be called though they are not public."""
        return tuple(ip_network(name) for one in self.webhook_networks.split(",") if (name := one.strip()))

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, given: str) -> str:
        try:
            [ip_network(name) for one in given.split(",") if (name := one.strip())]
        except ValueError:
            raise ValueError("write networks such as 10.20.0.0/16, with commas between them") from None
        return given

    @property
    def outbox_dir(self) -> Path:
        return self.data_dir / "outbox"

    @property
    def reports_dir(self) -> Path:
        return self.data_dir / "reports"


def is_loopback(name: str) -> bool:
    """Whether a host is this machine itself, by name or by address."""
    if name.lower() == _LOCALHOST:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
