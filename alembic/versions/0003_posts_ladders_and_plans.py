"""who holds which post, who is told from when, plans for what is late, receipts of mail

Who was told before this form goes on being told: every team is released from the day the authority began.

Who answers for a breach is worked out from the events, which a migration cannot do: until ``rules apply`` it is whoever
has the clock, and the law that the clocks were computed with is marked as another, so that /readyz and the log say so.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_BEFORE = " before 0003"


def upgrade() -> None:
    _make_people()
    _make_telling()
    _make_watching()
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_post", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("told_at", _MOMENT, nullable=True))
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("provider_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("delivered_at", _MOMENT, nullable=True))
        batch_op.add_column(sa.Column("unsubscribe", sa.String(), nullable=True))
        batch_op.create_index("ix_message_day", ["day", "address"], unique=False)
    _make_posts("team", "service")
    _make_answerable()
    _make_webhooks_and_calendars()
    op.execute("UPDATE message SET kind = 'digest' WHERE kind = 'breach'")
    op.execute(
        "INSERT INTO release (team, told_from, released_at, who) "
        "SELECT '*', alerts_from, created_at, 'migration' FROM authority"
    )


def downgrade() -> None:
    op.execute("UPDATE message SET kind = 'breach' WHERE kind IN ('digest', 'at-once')")
    op.execute(f"UPDATE authority SET law = replace(law, '{_BEFORE}', '')")  # noqa: S608 - of our own words alone
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_column("answerable_worker")
        batch_op.drop_column("answerable_team")
    for name in ("calendar_feed", "delivery", "webhook"):
        op.drop_table(name)
    op.execute("DELETE FROM post WHERE service <> ''")
    _make_posts("team")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_day")
        batch_op.drop_column("unsubscribe")
        batch_op.drop_column("delivered_at")
        batch_op.drop_column("provider_id")
        batch_op.drop_column("day")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_column("told_at")
        batch_op.drop_column("told_post")
    for name in ("alarm", "arrival", "source"):
        op.drop_table(name)
    for name in ("release", "preference", "person", "holding", "checked", "acknowledgement", "absence"):
        op.drop_table(name)


def _serial() -> sa.Column:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)


def _make_answerable() -> None:
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answerable_team", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("answerable_worker", sa.String(), nullable=True))
    op.execute("UPDATE clock SET answerable_team = team, answerable_worker = worker")
    op.execute(f"UPDATE authority SET law = law || '{_BEFORE}'")  # noqa: S608 - of our own words alone


def _make_webhooks_and_calendars() -> None:
    waiting = sa.text("state = 'waiting'")
    op.create_table(
        "webhook",
        _serial(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("types", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", _MOMENT, nullable=True),
        sa.Column("quiet_until", _MOMENT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("looked_at", _MOMENT, nullable=True),
        sa.Column("looked_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "delivery",
        _serial(),
        sa.Column("webhook", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("clock_id", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("try_at", _MOMENT, nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=True),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("webhook", "event_id"),
    )
    op.create_index("ix_delivery_clock", "delivery", ["clock_id", "type"], unique=False)
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["webhook", "try_at"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "calendar_feed",
        _serial(),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("digest"),
    )


def _make_people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "holding",
        _serial(),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("is_deputy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_holding_person", "holding", ["person"], unique=False)
    op.create_index("ix_holding_post", "holding", ["post", "team", "service"], unique=False)
    op.create_table(
        "absence",
        _serial(),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("cover", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_absence_person", "absence", ["person"], unique=False)
    op.create_table(
        "preference",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("turned_off", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
        sa.UniqueConstraint("token"),
    )


def _make_telling() -> None:
    op.create_table(
        "release",
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("told_from", sa.Date(), nullable=False),
        sa.Column("released_at", _MOMENT, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("team"),
    )
    op.create_table(
        "acknowledgement",
        _serial(),
        sa.Column("clock_id", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_acknowledgement_clock", "acknowledgement", ["clock_id"], unique=False)
    op.create_table(
        "checked",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _make_watching() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=True),
        sa.Column("last_at", _MOMENT, nullable=True),
        sa.Column("last_seq", number, nullable=False),
        sa.Column("events", number, nullable=False),
        sa.Column("every", sa.String(), nullable=False),
        sa.Column("expected_at", _MOMENT, nullable=True),
        sa.Column("retired_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "arrival",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("hour", _MOMENT, nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("events", number, nullable=False),
        sa.PrimaryKeyConstraint("source", "hour"),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("worst", sa.Integer(), nullable=False),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _make_posts(*scopes: str) -> None:
    """The table of posts anew, known by its post and these: its constraint has no name to be dropped by."""
    kept = ", ".join(("post", "team", "address"))
    op.create_table(
        "post_anew",
        _serial(),
        sa.Column("post", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False, server_default="") for name in scopes),
        sa.Column("address", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("post", *scopes),
    )
    op.execute(f"INSERT INTO post_anew ({kept}) SELECT {kept} FROM post")  # noqa: S608 - of our own words alone
    op.drop_table("post")
    op.rename_table("post_anew", "post")
