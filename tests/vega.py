"""Whether a chart is what the browser understands: the JSON schema of Vega-Lite, as Altair brings it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import altair
import jsonschema_rs


@cache
def _validator() -> Any:
    (path,) = Path(altair.__file__).parent.rglob("vega-lite-schema.json")
    schema = json.loads(path.read_text(encoding="utf-8"), object_hook=_with_escaped_reference)
    return jsonschema_rs.validator_for(schema)


def _with_escaped_reference(node: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the schema whose reference is the URI that the standard asks for: Vega-Lite's names have angle brackets."""
    reference = node.get("$ref")
    return {**node, "$ref": quote(reference, safe="#/")} if isinstance(reference, str) else node


def check(spec: dict[str, Any]) -> None:
    """Raise for a specification that is no Vega-Lite, or no JSON."""
    json.dumps(spec, allow_nan=False)
    _validator().validate(spec)
