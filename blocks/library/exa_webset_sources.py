"""Blocks for what feeds Exa's websets: get, list, change and delete monitors and imports. They make none."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from blocks.exa.websets import (
    DONE,
    PAGE_MAX,
    WEBSETS,
    ListOutput,
    WebsetBlock,
    end_of_list,
)  # fmt: skip
from blocks.providers.exa import EXA, ExaCredentials
from blocks.sdk import BlockInput, BlockOutput, Emission, pin
from blocks.sdk.rest import Arguments, Operation
from blocks.sdk.samples import said, sample, sample_key

_KEY: Final = sample_key(EXA)
_MONITOR: Final = f"{WEBSETS}/monitors/{{monitor_id}}"
_IMPORT: Final = f"{WEBSETS}/imports/{{import_id}}"
_TIMES: Final = {"created_at": ("createdAt",), "updated_at": ("updatedAt",)}
_CADENCE: Final = {"cron_expression": ("cadence", "cron"), "timezone": ("cadence", "timezone")}


class _OfMonitor(BlockInput):
    credentials: ExaCredentials = pin(description="Access to Exa.")
    monitor_id: str = pin(description="The monitor's id.")


class _OfImport(BlockInput):
    credentials: ExaCredentials = pin(description="Access to Exa.")
    import_id: str = pin(description="The import's id.")


class ExaGetMonitor(WebsetBlock):
    """Get a monitor: what keeps a webset up to date."""

    id = "5c852a2d-d505-4a56-b711-7def8dd14e72"
    name = "ExaGetMonitorBlock"
    operation = Operation(
        "GET",
        _MONITOR,
        gives={
            "monitor_id": ("id",),
            "webset_id": ("websetId",),
            "status": ("status",),
            "behavior_type": ("behavior", "type"),
            "behavior_config": ("behavior", "config"),
            **_CADENCE,
            "next_run_at": ("nextRunAt",),
            "last_run": ("lastRun",),
            **_TIMES,
            "metadata": ("metadata",),
        },
    )

    class Input(_OfMonitor):
        pass

    class Output(BlockOutput):
        monitor_id: str = pin(description="Its id.")
        webset_id: str = pin(description="The webset's id.")
        status: str = pin(description="enabled or disabled.")
        behavior_type: str = pin(description="search or refresh.")
        behavior_config: dict[str, Any] = pin(description="How it does that.")
        cron_expression: str = pin(description="When, as cron says it.")
        timezone: str = pin(description="In which time zone.")
        next_run_at: str | None = pin(None, description="When it works next.")
        last_run: dict[str, Any] | None = pin(None, description="How it worked last.")
        created_at: str = pin(description="When it was made.")
        updated_at: str = pin(description="When it was changed last.")
        metadata: dict[str, Any] = pin(description="What you noted of it.")

    examples = (
        sample(
            _KEY,
            {"monitor_id": "m1"},
            [("monitor_id", "m1"), ("behavior_type", "search"), ("cron_expression", "0 9 * * 1")],
            said({"id": "m1", "behavior": {"type": "search"}, "cadence": {"cron": "0 9 * * 1"}}),
        ),
    )


class MonitorStatus(StrEnum):
    """Whether a monitor works."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class ExaUpdateMonitor(WebsetBlock):
    """Change when a monitor works, or whether it does."""

    id = "245102c3-6af3-4515-a308-c2210b7939d2"
    name = "ExaUpdateMonitorBlock"
    operation = Operation(
        "PATCH",
        _MONITOR,
        body={"status": "status", "metadata": "metadata"},
        gives={
            "monitor_id": ("id",),
            "status": ("status",),
            "next_run_at": ("nextRunAt",),
            "updated_at": ("updatedAt",),
        },
        is_repeatable=True,
    )

    class Input(_OfMonitor):
        status: MonitorStatus | None = pin(None, description="Whether it works.")
        cron_expression: str | None = pin(None, description="When, as cron says it.", placeholder="0 9 * * 1")
        timezone: str | None = pin(None, description="In which time zone.", placeholder="Europe/London")
        metadata: dict[str, Any] | None = pin(None, description="What to note of it.")

    class Output(BlockOutput):
        monitor_id: str = pin(description="Its id.")
        status: str = pin(description="enabled or disabled.")
        next_run_at: str | None = pin(None, description="When it works next.")
        updated_at: str = pin(description="When it was changed last.")
        success: str = pin(description="That it was changed.")

    examples = (
        sample(
            _KEY,
            {"monitor_id": "m1", "status": "disabled"},
            [("monitor_id", "m1"), ("status", "disabled"), ("success", DONE)],
            said({"id": "m1", "status": "disabled"}),
        ),
    )

    def arguments(self, inputs: Any) -> Arguments:
        found = super().arguments(inputs)
        given = {"cron": inputs.cron_expression, "timezone": inputs.timezone}
        cadence = {name: value for name, value in given.items() if value}
        return Arguments(found.places, found.query, {**(found.body or {}), **({"cadence": cadence} if cadence else {})})


class ExaDeleteMonitor(WebsetBlock):
    """Delete a monitor."""

    id = "f16f9b10-0c4d-4db8-997d-7b96b6026094"
    name = "ExaDeleteMonitorBlock"
    operation = Operation("DELETE", _MONITOR, gives={"monitor_id": ("id",)})

    class Input(_OfMonitor):
        pass

    class Output(BlockOutput):
        monitor_id: str = pin(description="Its id.")
        success: str = pin(description="That it was deleted.")

    examples = (sample(_KEY, {"monitor_id": "m1"}, [("monitor_id", "m1"), ("success", DONE)], said({"id": "m1"})),)


class ExaListMonitors(WebsetBlock):
    """List monitors."""

    id = "f06e2b38-5397-4e8f-aa85-491149dd98df"
    name = "ExaListMonitorsBlock"
    operation = Operation(
        "GET", f"{WEBSETS}/monitors", query={"webset_id": "websetId", "limit": "limit", "cursor": "cursor"}
    )

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        webset_id: str | None = pin(None, description="Only this webset's.")
        limit: int = pin(25, description="Monitors to give at most.", ge=1, le=PAGE_MAX)
        cursor: str | None = pin(None, description="Where to begin: the `next_cursor` of a list before.")

    class Output(ListOutput):
        monitors: list[dict[str, Any]] = pin(description="The monitors.")
        monitor: dict[str, Any] = pin(description="Each monitor by itself.")

    examples = (
        sample(
            _KEY,
            {},
            [("monitors", [{"id": "m1"}]), ("monitor", {"id": "m1"}), ("has_more", False)],
            said({"data": [{"id": "m1"}], "hasMore": False}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        found = answer.get("data") or []
        yield "monitors", found
        for one in found:
            yield "monitor", one
        yield from end_of_list(answer)


class ExaGetImport(WebsetBlock):
    """Get an import: a table of your own from which websets are made."""

    id = "236663c8-a8dc-45f7-a050-2676bb0a3dd2"
    name = "ExaGetImportBlock"
    categories = ("DATA",)
    operation = Operation(
        "GET",
        _IMPORT,
        gives={
            "import_id": ("id",),
            "status": ("status",),
            "title": ("title",),
            "format": ("format",),
            "entity_type": ("entity", "type"),
            "count": ("count",),
            "upload_url": ("uploadUrl",),
            "upload_valid_until": ("uploadValidUntil",),
            "failed_reason": ("failedReason",),
            "failed_message": ("failedMessage",),
            **_TIMES,
            "metadata": ("metadata",),
        },
    )

    class Input(_OfImport):
        pass

    class Output(BlockOutput):
        import_id: str = pin(description="Its id.")
        status: str = pin(description="pending, processing, completed or failed.")
        title: str = pin(description="What it is called.")
        format: str = pin(description="csv.")
        entity_type: str = pin(description="What kind of thing a row is.")
        count: int = pin(description="How many rows it has.")
        upload_url: str | None = pin(None, description="Where the table is put.")
        upload_valid_until: str | None = pin(None, description="Until when.")
        failed_reason: str | None = pin(None, description="Why it failed.")
        failed_message: str | None = pin(None, description="The same in words.")
        created_at: str = pin(description="When it was made.")
        updated_at: str = pin(description="When it was changed last.")
        metadata: dict[str, Any] = pin(description="What you noted of it.")

    examples = (
        sample(
            _KEY,
            {"import_id": "im1"},
            [("import_id", "im1"), ("status", "completed"), ("entity_type", "company"), ("count", 7)],
            said({"id": "im1", "status": "completed", "entity": {"type": "company"}, "count": 7}),
        ),
    )


class ExaListImports(WebsetBlock):
    """List imports."""

    id = "65323630-f7e9-4692-a624-184ba14c0686"
    name = "ExaListImportsBlock"
    categories = ("DATA",)
    operation = Operation("GET", f"{WEBSETS}/imports", query={"limit": "limit", "cursor": "cursor"})

    class Input(BlockInput):
        credentials: ExaCredentials = pin(description="Access to Exa.")
        limit: int = pin(25, description="Imports to give at most.", ge=1, le=PAGE_MAX)
        cursor: str | None = pin(None, description="Where to begin: the `next_cursor` of a list before.")

    class Output(ListOutput):
        imports: list[dict[str, Any]] = pin(description="The imports.")
        import_item: dict[str, Any] = pin(description="Each import by itself.")

    examples = (
        sample(
            _KEY,
            {},
            [("imports", [{"id": "im1"}]), ("import_item", {"id": "im1"}), ("has_more", False)],
            said({"data": [{"id": "im1"}], "hasMore": False}),
        ),
    )

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        found = answer.get("data") or []
        yield "imports", found
        for one in found:
            yield "import_item", one
        yield from end_of_list(answer)


class ExaDeleteImport(WebsetBlock):
    """Delete an import."""

    id = "81ae30ed-c7ba-4b5d-8483-b726846e570c"
    name = "ExaDeleteImportBlock"
    categories = ("DATA",)
    operation = Operation("DELETE", _IMPORT, gives={"import_id": ("id",)})

    class Input(_OfImport):
        pass

    class Output(BlockOutput):
        import_id: str = pin(description="Its id.")
        success: str = pin(description="That it was deleted.")

    examples = (sample(_KEY, {"import_id": "im1"}, [("import_id", "im1"), ("success", DONE)], said({"id": "im1"})),)
