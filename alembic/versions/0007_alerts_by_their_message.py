"""alerts are found by the message that carries them, among those that one carries

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CARRIED = sa.text("message_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_alert_message", table_name="alert")
    op.create_index("ix_alert_message", "alert", ["message_id"], sqlite_where=_CARRIED, postgresql_where=_CARRIED)


def downgrade() -> None:
    op.drop_index("ix_alert_message", table_name="alert")
    op.create_index("ix_alert_message", "alert", ["message_id"])
