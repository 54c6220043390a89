"""what runs, team by team: an index that holds all that a list of it is counted and put in order by; what is flawed

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_RUNNING = sa.text("stopped_on IS NULL AND measure = 'duty'")
_FLAWED = sa.text("problem IS NOT NULL")
_COLUMNS = [
    "team",
    "due_on",
    "id",
    "subject",
    "timescale",
    "worker",
    "started_on",
    "lapses_on",
    "target_due_on",
    "stopped_on",
    "measure",
]


def upgrade() -> None:
    op.create_index("ix_clock_worklist", "clock", _COLUMNS, sqlite_where=_RUNNING, postgresql_where=_RUNNING)
    op.create_index("ix_clock_problem", "clock", ["due_on", "id"], sqlite_where=_FLAWED, postgresql_where=_FLAWED)


def downgrade() -> None:
    op.drop_index("ix_clock_problem", table_name="clock")
    op.drop_index("ix_clock_worklist", table_name="clock")
