"""A stack: lanes of one company that are equally far and train together, slice by slice, whoever asked for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from threading import RLock
from typing import Any, Protocol

from core.words import Said
from pages.ui.server.training import Status, Training
from pages.ui.server.turns import Turns

#: how long a slice should train
SLICE_SECONDS = 0.3
#: a slice lasts longer by as many times as its states have more bytes than this: to send them to a worker and back holds up the whole server
_LIGHT_BYTES = 10_000_000
#: a stack that has trained for this long gives its place to the next one in line
TURN_SECONDS = 1.0
#: a stack fails when it loses more slices than this in a row
_LOST_SLICES_ALLOWED = 3

#: runs a function: at once, or later in another thread
Defer = Callable[[Callable[[], object]], object]


class Server(Protocol):
    """What a stack needs of the service: an executor, threads, the line, the lock, and room for what is done."""

    executor: Callable[[], Executor]
    defer: Defer
    turns: Turns
    lock: RLock

    def train_apart(self, training: Training) -> None:
        """Let a lane train in a stack of its own."""
        ...

    def make_room(self) -> None:
        """Drop results beyond the budget."""
        ...


class Stack:
    """Lanes that train together. `open`: it stands in line, and others may join."""

    def __init__(self, server: Server, company: object, *, apart: bool = False) -> None:
        """`company`: equal for stacks whose lanes may train together. `apart`: nobody may join."""
        self.company, self.open = company, not apart
        self._server = server
        self._apart = apart
        self._trainings: list[Training] = []
        #: the shares that are taken of the largest stack, and of its memory
        self._taken = self.memory = 0.0
        #: slices lost since the last one that arrived
        self._lost_slices = 0
        self._turn_started = self._sent = 0.0

    @property
    def lives(self) -> bool:
        """Whether the stack has lanes."""
        return bool(self._trainings)

    def add(self, training: Training) -> None:
        """Take a lane in."""
        training.stack = self
        self._trainings.append(training)
        self._weigh()

    def fits(self, training: Training) -> bool:
        """Return whether a lane can join: the stack is open, has room, and its lanes are as far as this one."""
        has_room = self._taken + training.lane.share(training.data) <= 1
        return self.open and has_room and _position(self._trainings[0]) == _position(training)

    def shed(self) -> list[Training]:
        """Let go of the lanes that nobody watches, and return them. The caller holds the lock, and no slice of the stack is under way."""
        unwatched = [training for training in self._trainings if not training.wanted()]
        for training in unwatched:
            training.stack = None
        self._settle()
        return unwatched

    def _settle(self) -> None:
        """Let go of the lanes that have left."""
        self._trainings = [training for training in self._trainings if training.stack is self]
        self._weigh()

    def _weigh(self) -> None:
        self._taken = sum(training.lane.share(training.data) for training in self._trainings)
        self.memory = sum(training.lane.memory_share(training.data) for training in self._trainings)

    def go(self) -> None:
        """Begin a turn. `Turns` calls it when the stack gets a place."""
        self._turn_started = time.monotonic()
        self._go_on()

    def _go_on(self) -> None:
        """Send the next slice of the lanes that somebody still watches; leave the line without any."""
        with self._server.lock:
            self.open = False
            unwatched = self.shed()
            if lanes := [training.lane for training in self._trainings]:
                first = self._trainings[0]
                states = None if first.state is None else [training.state for training in self._trainings]
                data = first.data
                seconds = SLICE_SECONDS * max(1.0, sum(0 if state is None else state.nbytes for state in states or ()) / _LIGHT_BYTES)
        if unwatched:
            self._server.make_room()
        if not lanes:
            self._server.turns.leave(self)
            return
        self._sent = time.monotonic()
        try:
            future: Future[Any] = self._server.executor().submit(type(lanes[0]).advance, lanes, states, data, seconds)
        except Exception as error:  # the pool is broken, is shut down, or lacks memory for another worker
            self._lose(error)
            return
        future.add_done_callback(lambda done: self._server.defer(lambda: self._receive(done)))

    def _receive(self, future: Future[Any]) -> None:
        """Hand out the states and records of a slice; then rest, give the place to another stack, or send the next slice."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._lose(error)
            return
        seconds = time.monotonic() - self._sent
        with self._server.lock:
            self._lost_slices = 0
            for training, (state, records) in zip(self._trainings, future.result(), strict=True):
                training.keep(state, records, seconds)
            done = [training for training in self._trainings if training.status is Status.DONE]
            for training in done:
                training.stack = None
            self._settle()
            rests = time.monotonic() - self._turn_started >= TURN_SECONDS and bool(self._trainings)
            self.open = rests and not self._apart
        self._server.make_room()
        if not rests or not self._server.turns.pass_on(self):
            self._go_on()

    def _lose(self, error: BaseException) -> None:
        """Send a lost slice again, but not where memory was short: it would be again.

        When too many were lost in a row, each lane trains apart, because one may be the cause; one that is alone fails.
        """
        self._lost_slices += 1
        short = isinstance(error, MemoryError)
        if self._lost_slices <= _LOST_SLICES_ALLOWED and not short:
            self._go_on()
            return
        said = Said("training was lost {times} times ({error}): try again", times=self._lost_slices, error=type(error).__name__)
        if short:
            said = Said("there is not enough memory for this training: take a smaller batch, fewer seeds or a smaller model")
        with self._server.lock:
            trainings, self._trainings = self._trainings, []
            for training in trainings:
                training.stack = None
                if len(trainings) == 1:
                    training.end(Status.FAILED, said)
        self._server.turns.leave(self)
        for training in trainings if len(trainings) > 1 else ():
            self._server.train_apart(training)
        self._server.make_room()


def _position(training: Training) -> object:
    """Return how far a lane is; None before the start."""
    return None if training.state is None else training.lane.position(training.state)
