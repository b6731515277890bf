"""Batch: the room of a process for executions that share dispatches."""

from __future__ import annotations

from activities.batch import Room


async def test_who_finds_no_room_in_time_is_told_so_and_takes_none() -> None:
    room = Room(2)
    assert [await room.take(0), await room.take(0), await room.take(0)] == [True, True, False]
    room.leave()
    assert [await room.take(0), await room.take(0)] == [True, False]
