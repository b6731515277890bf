"""The mailbox and the numbers that were heard: nothing is lost, nothing doubled, first come first served."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from workflows.engine.mailbox import MAIL_MAX, Heard, Mailbox

NAMES = st.sampled_from(["a", "b", "c"])
#: ("event", name), ("wait", name), ("leave", how far back the execution is that leaves) or ("restore",).
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), NAMES),
        st.tuples(st.just("wait"), NAMES),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("restore")),
    ),
    max_size=80,
)


class Model:
    """What a mailbox must do, said in the plainest way: lists of events and of waiters, in the order in which they came."""

    def __init__(self) -> None:
        self.events: defaultdict[str, list[int]] = defaultdict(list)
        self.waiters: defaultdict[str, list[int]] = defaultdict(list)


@given(STEPS)
def test_each_event_goes_once_to_the_first_that_waits_for_its_name(steps):
    mailbox, model, waiting = Mailbox(), Model(), []
    for number, (word, *rest) in enumerate(steps, 1):
        if word == "event":
            (name,) = rest
            expected = model.waiters[name].pop(0) if model.waiters[name] else None
            if expected is None:
                model.events[name].append(number)
            assert mailbox.arrive(name, [number]) == expected
        elif word == "wait":
            (name,) = rest
            expected_mail = [model.events[name].pop(0)] if model.events[name] else None
            if expected_mail is None:
                model.waiters[name].append(number)
                waiting.append(number)
            assert mailbox.wait(name, number) == expected_mail
        elif word == "leave" and waiting:
            leaver = waiting[-1 - rest[0] % len(waiting)]
            mailbox.leave(leaver)
            for waiters in model.waiters.values():
                if leaver in waiters:
                    waiters.remove(leaver)
        elif word == "restore":
            mailbox = Mailbox.from_lists(mailbox.to_lists())
    assert mailbox.kept_count == sum(map(len, model.events.values()))
    assert mailbox.waiting == {name: waiters for name, waiters in model.waiters.items() if waiters}
    # Nobody waits for what is there.
    assert not set(mailbox.waiting) & set(mailbox.kept)


def test_waiting_again_changes_nothing():
    mailbox = Mailbox()
    assert [mailbox.wait("a", 1) for _ in range(3)] == [None] * 3
    assert mailbox.arrive("a", [1]) == 1
    assert mailbox.arrive("a", [2]) is None


def test_a_mailbox_is_full_at_its_bound_and_no_sooner():
    mailbox = Mailbox()
    for number in range(MAIL_MAX):
        assert not mailbox.is_full
        mailbox.arrive(f"name {number % 7}", [number])
    assert mailbox.is_full
    mailbox.wait("name 0", 1)
    assert not mailbox.is_full


@given(st.integers(1, 60), st.randoms(use_true_random=False), st.lists(st.integers(1, 60), max_size=60))
def test_every_number_is_heard_once_in_whatever_order_and_however_often(count, random, repeats):
    numbers = [*range(1, count + 1), *(number for number in repeats if number <= count)]
    random.shuffle(numbers)
    heard, new = Heard(), Counter()
    for number in numbers:
        heard = Heard(heard.upto, list(heard.beyond))
        new[number] += heard.is_new(number)
    assert new == Counter(range(1, count + 1))
    assert (heard.upto, heard.beyond) == (count, [])
