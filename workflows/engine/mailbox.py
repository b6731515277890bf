"""Mailbox: named events that came for a run, and who waits for one; pure, first come first served, and it forgets nothing.

An event that nobody waits for is kept, up to `MAIL_MAX`, and given to the first that waits for its name later: an early event is
as good as a punctual one. A mail is a plain list that is opaque here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

#: Events that are kept and not taken yet. All of them travel when a run continues as new.
MAIL_MAX: Final = 1_000

Mail = list[Any]


@dataclass
class Mailbox:
    """The events of one run."""

    #: Executions that wait, by the name, the first to wait first; each stands once in all of them.
    waiting: dict[str, list[int]] = field(default_factory=dict)
    #: Events that nobody has taken, by the name, the oldest first.
    kept: dict[str, list[Mail]] = field(default_factory=dict)

    @property
    def kept_count(self) -> int:
        return sum(len(mails) for mails in self.kept.values())

    @property
    def is_full(self) -> bool:
        return self.kept_count >= MAIL_MAX

    def arrive(self, name: str, mail: Mail) -> int | None:
        """Take an event in; give the execution that it is for, or None where it is kept."""
        waiting = self.waiting.get(name)
        if not waiting:
            self.kept.setdefault(name, []).append(mail)
            return None
        execution = waiting.pop(0)
        if not waiting:
            del self.waiting[name]
        return execution

    def wait(self, name: str, execution: int) -> Mail | None:
        """Let an execution wait; give the event that was kept for it, if one was. Waiting again changes nothing."""
        kept = self.kept.get(name)
        if kept:
            mail = kept.pop(0)
            if not kept:
                del self.kept[name]
            return mail
        waiting = self.waiting.setdefault(name, [])
        if execution not in waiting:
            waiting.append(execution)
        return None

    def leave(self, execution: int) -> None:
        """Let an execution wait no more."""
        for name, waiting in list(self.waiting.items()):
            if execution in waiting:
                waiting.remove(execution)
                if not waiting:
                    del self.waiting[name]

    def to_lists(self) -> list[Any]:
        return [[[name, rows] for name, rows in side.items()] for side in (self.waiting, self.kept)]

    @classmethod
    def from_lists(cls, lists: list[Any]) -> Mailbox:
        waiting, kept = lists
        return cls({name: list(rows) for name, rows in waiting}, {name: list(rows) for name, rows in kept})


@dataclass
class Heard:
    """The numbers that were heard: each counts once, in whatever order they come and however often."""

    upto: int = 0
    beyond: list[int] = field(default_factory=list)

    def is_new(self, number: int) -> bool:
        """Take a number in; say whether it was not heard before. Numbers begin at 1 and none is left out."""
        if number <= self.upto or number in self.beyond:
            return False
        self.beyond.append(number)
        while self.upto + 1 in self.beyond:
            self.upto += 1
            self.beyond.remove(self.upto)
        return True
