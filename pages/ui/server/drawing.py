"""The line before the drawing of pages: one page is drawn or renewed at a time, in the order of the requests.

A page consists of about a hundred messages, and the server's event loop needs the interpreter to send each of them. When twenty threads drew at once,
the loop hardly got the interpreter: of a class that arrived within five seconds nobody saw anything before the last page was done. When one thread
draws, the loop keeps pace, and the first visitor sees a page first. The redrawing of a fragment after a change of its own widgets does not wait here.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

#: How long the drawing thread keeps the interpreter after the event loop has asked for it. At Python's default of 5 ms the loop has at most 200 rounds
#: a second, and it sends one message per round.
SWITCH_SECONDS = 0.0003


class Turnstile:
    """A lock whose waiting threads get it in the order in which they asked. The thread that holds it may enter it again."""

    def __init__(self) -> None:
        #: guards `_line` and `_taken`
        self._lock = threading.Lock()
        #: one event for each waiting thread; it is set when the thread's turn begins
        self._line: deque[threading.Event] = deque()
        #: whether a thread has the turn
        self._taken = False
        #: `now` is true in the thread that has the turn
        self._inside = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and hold it during the `with` block. A thread that holds the turn already does not wait."""
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
        """Release the turn during the `with` block, then take it again as the next in line. In a thread without the turn this does nothing.

        A thread that waits for something, such as a training, uses it so that others can draw meanwhile.
        """
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
        """Wait for the turn: at the end of the line, or at its front if the thread had the turn before (`again`)."""
        with self._lock:
            our_turn = threading.Event()
            if self._taken:
                (self._line.appendleft if again else self._line.append)(our_turn)
            else:
                self._taken = True
                our_turn.set()
        our_turn.wait()
        self._inside.now = True

    def _leave(self) -> None:
        """Hand the turn to the first thread in line; without one it is free."""
        self._inside.now = False
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._taken = False


TURNSTILE = Turnstile()


def give_way() -> None:
    """Let the event loop have the interpreter within `SWITCH_SECONDS` of asking for it."""
    sys.setswitchinterval(SWITCH_SECONDS)
