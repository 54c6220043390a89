"""who holds which post, who is told from when, plans for what is late, receipts of mail

Who was told before this form goes on being told: every team is released from the day the authority began.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_people()
    _make_telling()
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_post", sa.String(), nullable=True))
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("provider_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("delivered_at", _MOMENT, nullable=True))
        batch_op.create_index("ix_message_day", ["day", "address"], unique=False)
    _make_posts("team", "service")
    op.execute(
        "INSERT INTO release (team, told_from, released_at, who) "
        "SELECT '*', alerts_from, created_at, 'migration' FROM authority"
    )


def downgrade() -> None:
    op.execute("DELETE FROM post WHERE service <> ''")
    _make_posts("team")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_day")
        batch_op.drop_column("delivered_at")
        batch_op.drop_column("provider_id")
        batch_op.drop_column("day")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_column("told_post")
    for name in ("release", "preference", "person", "holding", "checked", "acknowledgement", "absence"):
        op.drop_table(name)


def _serial() -> sa.Column:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)


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
        sa.PrimaryKeyConstraint("name"),
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
    op.execute(f"INSERT INTO post_anew ({kept}) SELECT {kept} FROM post")
    op.drop_table("post")
    op.rename_table("post_anew", "post")
