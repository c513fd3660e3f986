"""One page is drawn, or renewed, at a time, in the order in which they were asked for.

A page is a hundred messages, and the server's event loop needs the interpreter for each of them. Beside twenty threads that draw it came by so seldom that a
class which arrived within five seconds saw nothing until the last page was done. Beside one thread it keeps pace, and who comes first sees a page
first. What follows on a dial of a part of a page does not wait in this line.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

#: How long the thread that draws keeps the interpreter when the event loop asks for it. At Python's own 5 ms the loop has 200 rounds a second at most,
#: and it sends one message a round.
SWITCH_SECONDS = 0.0003


class Turnstile:
    """Lets one thread through at a time; the others wait in line."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._taken = False
        self._inside = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and keep it while in the `with` block; a thread that has it goes on."""
        if self._is_ours():
            yield
            return
        self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others have the turn while in the `with` block, then be the next; for a thread that waits for something. Without a turn it does nothing."""
        if not self._is_ours():
            yield
            return
        self._leave()
        try:
            yield
        finally:
            self._enter(again=True)

    def _is_ours(self) -> bool:
        return getattr(self._inside, "now", False)

    def _enter(self, again: bool = False) -> None:
        with self._lock:
            ours = threading.Event()
            if self._taken:
                (self._line.appendleft if again else self._line.append)(ours)
            else:
                self._taken = True
                ours.set()
        ours.wait()
        self._inside.now = True

    def _leave(self) -> None:
        self._inside.now = False
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._taken = False


TURNSTILE = Turnstile()


def give_way() -> None:
    """Let the event loop have the interpreter soon after it asks."""
    sys.setswitchinterval(SWITCH_SECONDS)
