"""The service of lanes: what trains is trained once, for everybody who asks, in whatever comparison.

A page shows a document, which is an ordered tuple of lanes (`protocol`). For each lane there is one training, whoever asks (`training`); those on a table
that a person brought are that person's alone. A job is a document with its trainings (`job`). Its result is joined from what the lanes recorded.

Lanes that wait, and have the same shared settings, form a stack (`stack`), also if they are of several persons. A few stacks train at a time; the others
stand in line (`turns`). A stack sends one slice of about 0.3 s at a time to the executor, and goes to the end of the line after a second. A slice that is
lost with its worker is sent again. Between two slices a lane that nobody watches leaves its stack; it goes on from there when it is watched again.

What the lanes hold stays within a budget of bytes, in which data that several share count once. What was watched least recently is dropped first, but
nothing that trains, or that a session waits for and has not seen. What was dropped trains again if it is watched again.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime

from core.datasets import Table
from pages.ui.server.analyses import Analyses
from pages.ui.server.executors import workplace
from pages.ui.server.job import Job
from pages.ui.server.protocol import Document
from pages.ui.server.stack import Defer, Stack
from pages.ui.server.training import LOST_SECONDS, Status, Training
from pages.ui.server.turns import Turns

#: in the name of a session, stands before Streamlit's name for it
STREAMLITS = "@"
#: the budget: bytes of data and results that all lanes may keep
KEPT_BYTES = 128_000_000


def at_once(call: Callable[[], object]) -> object:
    """Call the function now, in this thread, and return its result."""
    return call()


@dataclass(frozen=True, eq=False)
class Shelf:
    """Trainings by the keys of their lanes, on data that they may share. `mark` tells them from those of other shelves, also of past ones."""

    trainings: dict[str, Training] = field(default_factory=dict)
    mark: object = field(default_factory=object)


class Jobs:
    """The trainings of all sessions: shared ones by the keys of their lanes, and for each table that a person brought its own."""

    def __init__(
        self,
        executor: Callable[[], Executor],
        defer: Defer = at_once,
        begin: Defer = at_once,
        places: Callable[[], int] = lambda: 1_000_000,
        connected: Callable[[str], bool] = lambda session: True,
        later: Defer = lambda call: None,
    ) -> None:
        """Train on the executor that `executor` returns, at most `places()` stacks at a time.

        `defer` runs what follows on the arrival of a slice. `begin` runs the loading and splitting of data. `connected(session)` says whether a browser is
        connected to a session. `later` runs a function some seconds later.
        """
        self.executor, self.defer, self.begin, self._connected, self._later = executor, defer, begin, connected, later
        self.turns = Turns(places)
        self.lock = threading.RLock()
        self._shared = Shelf()
        #: the trainings on a table live as long as it does
        self._brought: weakref.WeakKeyDictionary[Table, Shelf] = weakref.WeakKeyDictionary()
        #: every training that somebody refers to, also one that is no longer shared: it may go on for a session that still watches it
        self._trainings: weakref.WeakSet[Training] = weakref.WeakSet()
        #: what was made of data, as long as these are there
        self.of_data: weakref.WeakKeyDictionary[Any, Analyses] = weakref.WeakKeyDictionary()
        #: whether the budget will be looked at again
        self._looks_again = False
        #: the stacks that train or stand in line
        self._stacks: list[Stack] = []

    def job(self, document: Document, table: Table | None = None) -> Job:
        """Return a job for a document, on the data of its own or on a person's table. What is missing trains with the first `watch`."""
        with self.lock:
            shelf = self._shared if table is None else self._brought.setdefault(table, Shelf())
            known, trainings = shelf.trainings, []
            for lane in document.lanes:
                key = lane.key()
                if key not in known or known[key].status is Status.FAILED:
                    known[key] = Training(lane, (shelf.mark, lane.company()), self._connected)
                    self._trainings.add(known[key])
                trainings.append(known[key])
            return Job(document, trainings, table, self)

    def enqueue(self, trainings: Sequence[Training]) -> None:
        """Let the lanes that run and are in no stack train: in stacks that wait in line, as far as they fit, else in new ones."""
        new = []
        with self.lock:
            self._stacks = [stack for stack in self._stacks if stack.lives]
            for training in trainings:
                if training.ready():
                    stack = next((each for each in self._stacks if each.company == training.company and each.fits(training)), None)
                    if stack is None:
                        stack = Stack(self, training.company)
                        self._stacks.append(stack)
                        new.append(stack)
                    stack.add(training)
        for stack in new:
            self.turns.join(stack)

    def train_apart(self, training: Training) -> None:
        """Let a lane train in a stack of its own, which nobody joins."""
        stack = Stack(self, training.company, apart=True)
        with self.lock:
            if ready := training.ready():
                stack.add(training)
        if ready:
            self.turns.join(stack)

    def busy(self) -> bool:
        """Return whether anything trains, or is to be trained."""
        with self.lock:
            return any(training.status is Status.RUNNING for training in self._trainings)

    def make_room(self) -> None:
        """Drop what was watched least recently until the rest fits the budget. What trains or is awaited is never dropped; it is looked at again later.

        Beyond the budget a stack in line is asked at once who still watches it; otherwise it is asked when its turn comes.
        """
        with self.lock:
            trainings = [*self._trainings]
            excess = held(trainings) - KEPT_BYTES
            for stack in self._stacks if excess > 0 else ():
                if stack.open:
                    stack.shed()
            sharers = Counter(id(training.data) for training in trainings)
            for training in sorted(filter(Training.droppable, trainings), key=lambda training: training.last_watched):
                if excess <= 0:
                    break
                data = training.data
                sharers[id(data)] -= 1
                excess -= training.size() + (data.nbytes if not sharers[id(data)] else 0)
                training.drop()
            for shelf in (self._shared, *self._brought.values()):
                for key in [key for key, training in shelf.trainings.items() if training.forgotten()]:
                    del shelf.trainings[key]
            again = excess > 0 and not self._looks_again
            self._looks_again = self._looks_again or again
        if again:
            self._later(self._look_again)

    def _look_again(self) -> None:
        self._looks_again = False
        self.make_room()


def held(trainings: Iterable[Training]) -> int:
    """Return the bytes that the trainings hold. Data that several of them share count once."""
    data = {id(training.data): training.data.nbytes for training in trainings if training.data is not None}
    return sum(training.size() for training in trainings) + sum(data.values())


@st.cache_resource(show_spinner=False)
def shared_jobs() -> Jobs:
    """Return the jobs of this server. Its workers import the engine while the first page is drawn."""
    place = workplace()
    # A callback of the pool runs in the pool's own thread, and replacing a broken pool waits for that thread. So what follows on a slice has another
    # thread. Data are loaded in a third one, so that loading does not delay the slices of other jobs.
    return Jobs(place.executor, ThreadPoolExecutor(1).submit, ThreadPoolExecutor(1).submit, place.places, connected, in_a_while)


def connected(session: str) -> bool:
    """Return whether a browser is connected to a session, as far as its name tells."""
    own = session.partition(STREAMLITS)[2]
    return not own or not Runtime.exists() or Runtime.instance().is_active_session(own)


def in_a_while(call: Callable[[], object]) -> object:
    """Call the function a few seconds later, in a thread that the server's end does not wait for."""
    timer = threading.Timer(LOST_SECONDS / 2, call)
    timer.daemon = True
    timer.start()
    return timer
