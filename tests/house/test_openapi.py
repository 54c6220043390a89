"""The committed description of the API is the one the code gives."""

from __future__ import annotations

import json

from service.app import openapi_document
from tests.house.reading import ROOT


def test_the_committed_openapi_is_current():
    committed = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    assert committed == json.loads(json.dumps(openapi_document())), "run `make openapi` and commit what it writes"
