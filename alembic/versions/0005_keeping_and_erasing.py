"""holds, what was erased, and an account of every reference that the trail lost

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("placed_at", _MOMENT, nullable=False),
        sa.Column("lifted_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_hold_subject", "hold", ["subject"])
    op.create_table(
        "erased",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.Column("open_from", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "audit_erasure",
        sa.Column("audit_seq", _SERIAL, autoincrement=False, nullable=False),
        sa.Column("erasure_seq", _SERIAL, nullable=False),
        sa.PrimaryKeyConstraint("audit_seq"),
    )
    op.create_index("ix_audit_erasure_account", "audit_erasure", ["erasure_seq"])


def downgrade() -> None:
    op.drop_table("audit_erasure")
    op.drop_table("erased")
    op.drop_table("hold")
