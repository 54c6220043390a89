"""What is on the screen, taken away as a spreadsheet: one header row, ISO dates, nothing that runs as a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from service.spreadsheets import as_csv_text


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Response:
    """The rows as ``name``.csv, to be saved: dates as ISO, None as an empty cell. ``name`` says nothing of anybody."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(as_csv_text(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)
