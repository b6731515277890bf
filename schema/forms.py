"""Forms: JSON Schemas that people write, and data checked by them; they reach nothing outside and cannot run for ever.

A form comes with a graph, so it is anybody's: it may name no schema elsewhere, and its patterns are matched in linear time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from schema.errors import InvalidValue, shorten
from schema.form_costs import check_cost
from schema.limits import LIMITS
from schema.values import encode

#: Ways in which data breaks a form that are told.
TOLD_MAX = 20


def check_form(form: Any) -> None:
    """Raise InvalidValue where something is no JSON Schema of an object's or another value's form."""
    if not isinstance(form, Mapping):
        raise InvalidValue("A form is a JSON Schema, an object.", where="form")
    size = len(encode(form, "form"))
    if size > LIMITS.form_bytes_max:
        raise InvalidValue(f"The form has {size} bytes; it may have {LIMITS.form_bytes_max}.", where="form")
    _validator(form)


def form_problems(form: Mapping[str, Any], data: Any) -> list[tuple[list[str], str]]:
    """Give (path, what is wrong) for each way in which data breaks a form."""
    found = []
    for error in _validator(form).iter_errors(data):
        found.append(([str(step) for step in error.instance_path], shorten(error.message, 400)))
        if len(found) == TOLD_MAX:
            break
    return found


def _validator(form: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    check_cost(form)
    try:
        return jsonschema_rs.Draft202012Validator(
            dict(form), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        first_line = shorten(str(error), 400).splitlines()[:1]
        raise InvalidValue(f"The form is no JSON Schema: {' '.join(first_line)}", where="form") from error
