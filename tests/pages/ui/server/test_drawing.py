"""The line before the page: one at a time, in order, and nobody keeps a turn while waiting."""

from __future__ import annotations

import sys
import threading

import pytest

from pages.ui.server import drawing
from pages.ui.server.drawing import Turnstile


class Visitor:
    """A thread that takes a turn, notes its name, and keeps the turn until it is told to leave; `waits` says whether it waits for something meanwhile."""

    def __init__(self, turnstile: Turnstile, name: str, order: list[str]) -> None:
        self.inside, self.leave = threading.Event(), threading.Event()
        self.waits, self.aside, self.back = False, threading.Event(), threading.Event()

        def visit() -> None:
            with turnstile.turn():
                order.append(name)
                self.inside.set()
                if self.waits:
                    with turnstile.aside():
                        self.aside.set()
                        self.back.wait(10)
                    order.append(f"{name} again")
                self.leave.wait(10)

        self.thread = threading.Thread(target=visit)


def in_line(turnstile: Turnstile, count: int) -> None:
    """Return once so many wait."""
    for _ in range(1000):
        if len(turnstile._line) == count:
            return
        threading.Event().wait(0.01)
    pytest.fail("nobody waits")


def test_one_at_a_time_and_in_order() -> None:
    turnstile, order = Turnstile(), list[str]()
    visitors = [Visitor(turnstile, name, order) for name in "abc"]
    for i, visitor in enumerate(visitors):
        visitor.thread.start()
        in_line(turnstile, i)
    assert visitors[0].inside.wait(10)
    assert order == ["a"]
    for visitor in visitors:
        visitor.leave.set()
        visitor.thread.join(10)
    assert order == ["a", "b", "c"]


def test_who_waits_lets_others_through_and_is_the_next() -> None:
    turnstile, order = Turnstile(), list[str]()
    first, second, third = (Visitor(turnstile, name, order) for name in "abc")
    first.waits = True
    first.thread.start()
    assert first.aside.wait(10)
    second.thread.start()
    assert second.inside.wait(10)
    third.thread.start()
    in_line(turnstile, 1)
    first.back.set()
    in_line(turnstile, 2)
    for visitor in (second, first, third):
        visitor.leave.set()
        visitor.thread.join(10)
    assert order == ["a", "b", "a again", "c"]


@pytest.mark.parametrize("within", ["turn", "aside"])
def test_an_error_gives_the_turn_up(within: str) -> None:
    turnstile = Turnstile()

    def visit() -> None:
        with turnstile.turn():
            if within == "turn":
                raise KeyError
            with turnstile.aside():
                raise KeyError

    with pytest.raises(KeyError):
        visit()
    order: list[str] = []
    other = Visitor(turnstile, "b", order)
    other.leave.set()
    other.thread.start()
    other.thread.join(10)
    assert order == ["b"]


def test_a_turn_within_a_turn_is_the_same_and_aside_of_none_is_nothing() -> None:
    turnstile = Turnstile()
    with turnstile.turn(), turnstile.turn():
        pass
    with turnstile.aside():
        assert not turnstile._taken
    with turnstile.turn(), turnstile.aside():
        assert not turnstile._taken
    assert not turnstile._taken


def test_the_event_loop_is_let_in_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", said.append)
    drawing.give_way()
    assert said == [drawing.SWITCH_SECONDS]
    assert 0 < drawing.SWITCH_SECONDS < 0.005
