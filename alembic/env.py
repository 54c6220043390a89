"""Runs migrations on the connection that ``service.store.session`` hands over, or by TIMESCALES_DATABASE_URL."""

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from service.settings import Settings
from service.store.session import open_store
from service.store.tables import METADATA, Moment


def _plainly(kind: str, item: object, _context: object) -> str | bool:
    """Migrations name the database's own types, so that they outlive our classes."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


connection = context.config.attributes.get("connection")
if connection is not None:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, render_item=_plainly)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = open_store(Settings().store_url)
    with engine.connect().execution_options(writes=True) as own, own.begin():
        context.configure(connection=own, target_metadata=METADATA, render_as_batch=True, render_item=_plainly)
        context.run_migrations()
