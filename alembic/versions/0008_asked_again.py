"""when the sign-in service last said who somebody is; a sign-in under way is kept by the browser, sealed

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_table("sign_in")
    op.add_column("session", sa.Column("asked_at", _MOMENT, nullable=True))
    op.execute("UPDATE session SET asked_at = began_at")
    with op.batch_alter_table("session") as batch_op:
        batch_op.alter_column("asked_at", existing_type=_MOMENT, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_column("asked_at")
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
