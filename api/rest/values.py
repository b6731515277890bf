"""The route of values: the JSON of one that is too large for a GraphQL answer, to its own tenant only."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from api.call import Call
from api.graphql.values import VALUES_PATH
from api.rest.callers import BEARER, needs
from api.rest.problems import answers
from schema.access import Right
from schema.errors import NotFound

_ID: Final = re.compile(r"[0-9a-f]{64}")
_JSON_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The value.", "content": {"application/json": {}}}
}

values_router: Final = APIRouter(prefix=VALUES_PATH, tags=["values"], dependencies=[BEARER])


@values_router.get(
    "/{value_id}",
    summary="Fetch a large value",
    response_class=Response,
    responses={**_JSON_ANSWER, **answers(401, 403, 404, 429, 503)},
)
async def fetch_value(value_id: str, call: Annotated[Call, needs(Right.READ_RUNS)]) -> Response:
    """Give the JSON of a value of your runs, as it was kept: the `valueUrl` of a value in GraphQL."""
    if not _ID.fullmatch(value_id):
        raise NotFound("There is no such value here.")
    try:
        data = await call.stores.values.read(call.tenant, value_id)
    except NotFound as error:
        raise NotFound("There is no such value here.") from error
    # It never changes, but whoever may no longer see it must not find it in the browser.
    headers = {"content-disposition": "attachment; filename=value.json", "cache-control": "private, no-store"}
    return Response(data, media_type="application/json", headers=headers)
