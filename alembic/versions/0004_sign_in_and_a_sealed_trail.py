"""sign-in, chairs and reviewing officers, and a trail that shows tampering

The rows that the trail had are sealed as they stand. From here on the database itself refuses to change or drop them,
but for the reference of a child who is erased.

Revision: 0004, after 0003
"""

import json
import secrets
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_BATCH = 1_000
_KEPT = ("seq", "at", "actor", "action", "detail", "origin", "subject_digest", "chain")
_FIELD = {"postgresql": "data::json ->> 'reviewer'", "sqlite": "json_extract(data, '$.reviewer')"}


def upgrade() -> None:
    _make_sessions()
    op.add_column("event", sa.Column("reviewer", sa.String(), nullable=True))
    held = _FIELD[op.get_bind().dialect.name]
    op.execute(f"UPDATE event SET reviewer = {held} WHERE data LIKE '%\"reviewer\"%'")  # noqa: S608 - our own words
    is_named = sa.text("reviewer IS NOT NULL")
    op.create_index(
        "ix_event_reviewer", "event", ["reviewer", "subject"], sqlite_where=is_named, postgresql_where=is_named
    )
    op.add_column("audit", sa.Column("origin", sa.String(), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("salt", sa.String(), nullable=True))
    op.add_column("audit", sa.Column("subject_digest", sa.String(), nullable=True))
    op.add_column("audit", sa.Column("chain", sa.String(), nullable=False, server_default=""))
    _number_without_gaps()
    _seal()
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.alter_column("origin", server_default=None)
        batch_op.alter_column("chain", server_default=None)
    _guard()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_is_kept ON audit")
        op.execute("DROP TRIGGER audit_is_not_emptied ON audit")
        op.execute("DROP FUNCTION audit_is_kept()")
    else:
        op.execute("DROP TRIGGER audit_is_not_changed")
        op.execute("DROP TRIGGER audit_is_not_dropped")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        for name in ("chain", "subject_digest", "salt", "origin"):
            batch_op.drop_column(name)
    op.drop_index("ix_event_reviewer", table_name="event")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_column("reviewer")
    op.drop_table("sign_in")
    op.drop_table("session")


def _make_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("posts", sa.Text(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "sign_in",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("back_to", sa.String(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def _number_without_gaps() -> None:
    """A transaction that was taken back left a gap on PostgreSQL; from here on a gap means that a row is missing."""
    db = op.get_bind()
    if db.dialect.name == "postgresql":
        op.execute(
            "UPDATE audit SET seq = -numbered.place FROM "
            "(SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM audit) AS numbered "
            "WHERE audit.seq = numbered.seq"
        )
        op.execute("UPDATE audit SET seq = -seq")


def _seal() -> None:
    """The chain of ``service/store/keeping/audit.py``, as it was when this was written."""
    db = op.get_bind()
    columns = [sa.column(name, type_) for name, type_ in (("seq", sa.BigInteger), ("at", _MOMENT))]
    columns += [sa.column(name) for name in ("actor", "action", "subject", "detail", "salt", "subject_digest", "chain")]
    audit = sa.table("audit", *columns)
    chain, last = "", 0
    query = sa.select(audit).order_by(audit.c.seq).limit(_BATCH)
    while rows := db.execute(query.where(audit.c.seq > last)).all():
        sealed = []
        for row in rows:
            salt = secrets.token_hex(8) if row.subject is not None else None
            about = sha256(f"{salt} {row.subject}".encode()).hexdigest() if salt else None
            said = [chain, row.seq, _spelt(row.at), row.actor, row.action, about, row.detail, ""]
            chain = sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
            sealed.append({"number": row.seq, "salt": salt, "about": about, "seal": chain})
        values = {"salt": sa.bindparam("salt"), "subject_digest": sa.bindparam("about"), "chain": sa.bindparam("seal")}
        db.execute(sa.update(audit).where(audit.c.seq == sa.bindparam("number")).values(values), sealed)
        last = rows[-1].seq


def _spelt(at: datetime) -> str:
    aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return aware.isoformat(timespec="microseconds")


def _guard() -> None:
    changes = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _KEPT)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'the audit trail is only added to'; END IF; "
            f"IF NEW.subject IS NOT NULL OR NEW.salt IS NOT NULL OR {changes} THEN "
            "RAISE EXCEPTION 'the audit trail is only added to'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()"
        )
        op.execute(
            "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_is_kept()"
        )
        return
    is_changed = changes.replace("IS DISTINCT FROM", "IS NOT")
    refuse = "BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END"
    op.execute(
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit "
        f"WHEN NEW.subject IS NOT NULL OR NEW.salt IS NOT NULL OR {is_changed} {refuse}"
    )
    op.execute(f"CREATE TRIGGER audit_is_not_dropped BEFORE DELETE ON audit {refuse}")
