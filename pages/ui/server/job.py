"""A job: a document that sessions watch, as a tuple of trainings, each of which other documents may have, too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from core.datasets import Table
from core.words import Said, reason
from pages.ui.server.analyses import Analyses, Analysis
from pages.ui.server.protocol import Document
from pages.ui.server.stack import Defer
from pages.ui.server.training import Status, Training
from pages.ui.server.turns import Turns

T = TypeVar("T")


class Service(Protocol):
    """What a job needs of the service."""

    executor: Callable[[], Executor]
    begin: Defer
    turns: Turns
    lock: threading.RLock
    of_data: WeakKeyDictionary[Any, Analyses]

    def enqueue(self, trainings: Sequence[Training]) -> None:
        """Let trainings that run, and are in no stack, train."""
        ...

    def make_room(self) -> None:
        """Drop what is beyond the budget, and forget what holds nothing and is watched by nobody."""
        ...


class Job:
    """A document and its trainings. Any thread may call every public method."""

    def __init__(self, document: Document, trainings: Sequence[Training], table: Table | None, service: Service) -> None:
        self.document = document
        #: the table that a person brought; None for a data set
        self.table = table
        self._trainings = tuple(trainings)
        self._service = service
        self._lock = service.lock
        self.changed = threading.Condition(self._lock)
        self._data: Any = None
        self._loading = False
        #: why the document was refused
        self._refused: Said | None = None
        #: the sessions that watch the job
        self._sessions: set[str] = set()
        #: the lanes that were not complete when the job was first watched, or after one was dropped
        self._missing: list[Training] | None = None
        #: the last result, and the records that it was joined from
        self._joined: tuple[list[Any], Any] = ([], None)
        for training in trainings:
            training.jobs.add(self)

    def watch(self, session: str) -> None:
        """Add the session to the watchers of every lane. What is not complete trains, after the data are loaded."""
        with self._lock:
            if self._missing is None:
                self._missing = [training for training in self._trainings if training.status is not Status.DONE]
            if self._refused is not None:
                return
            self._sessions.add(session)
            for training in self._trainings:
                training.watch(session)
            if self._loading:
                return
            loaded = all(training.data is not None for training in self._trainings)
            self._loading = not loaded
            if loaded and self._data is None:
                self._data = self._trainings[0].data
        if loaded:
            self._service.enqueue(self._trainings)
        else:
            self._service.begin(self._load)

    def _load(self) -> None:
        """Load the data for all lanes, and let them train. The job fails if the document is refused."""
        refused = None
        try:
            with self._lock:
                wanted = [training.wanted() for training in self._trainings]
            data = self.document.prepared(self.table) if any(wanted) else None
        except ValueError as error:
            refused = reason(error)
        except BaseException as error:  # a bug: the watchers see that the job failed instead of waiting forever
            self._refuse(Said("the training could not begin ({error}): try again", error=type(error).__name__))
            raise
        if refused is not None:
            self._refuse(refused)
            return
        with self._lock:
            self._loading = False
            if data is not None:
                self._data = data
                for training in self._trainings:
                    training.data = data if training.data is None else training.data
        self._service.enqueue(self._trainings)

    def _refuse(self, refused: Said) -> None:
        with self.changed:
            self._refused, self._loading = refused, False
            for session in [*self._sessions]:
                self.leave(session)
            self.changed.notify_all()
        self._service.make_room()  # forgets the lanes, which nothing was kept of

    def leave(self, session: str) -> None:
        """Remove the session from the watchers. A lane stops if it was the last one."""
        with self._lock:
            self._sessions.discard(session)
            for training in self._trainings:
                training.leave(session)

    def dropped(self) -> None:
        """Forget the result, because a training was dropped. The caller holds the lock."""
        self._data, self._joined, self._missing = None, ([], None), None

    def heard_of(self, session: str) -> None:
        """Note a sign of life of a watcher."""
        with self._lock:
            for training in self._trainings:
                training.heard_of(session)

    def seen(self, session: str) -> None:
        """Note that a session has the result. If it is whole, the session waits for no more."""
        with self._lock:
            if self.status is Status.DONE:
                for training in self._trainings:
                    training.seen(session)

    @property
    def status(self) -> Status:
        """Failed, running or stopped if any lane is; else done."""
        with self._lock:
            if self._refused is not None:
                return Status.FAILED
            statuses = {training.status for training in self._trainings}
            return next((status for status in (Status.FAILED, Status.RUNNING, Status.STOPPED) if status in statuses), Status.DONE)

    @property
    def error(self) -> Said | None:
        """Why the job failed."""
        with self._lock:
            return self._refused or next((training.error for training in self._trainings if training.error is not None), None)

    def wait(self, seconds: float) -> None:
        """Return when the job no longer runs, or after `seconds`."""
        with self.changed:
            self.changed.wait_for(lambda: self.status is not Status.RUNNING, seconds)

    def result(self) -> Any:
        """Return the result of the records so far; None before each lane has one."""
        with self._lock:
            records, data = [training.records for training in self._trainings], self._data
        if data is None or any(of_lane is None for of_lane in records):
            return None
        known, result = self._joined
        if len(known) != len(records) or any(one is not other for one, other in zip(known, records, strict=True)):
            result = self.document.joined(data, records)
            self._joined = records, result
        return result

    def progress(self) -> tuple[float, float]:
        """Return the share of the updates that is done, of the lanes that were missing, and an estimate of the seconds left (0 while it is unknown)."""
        with self._lock:
            missing = self._trainings if self._missing is None else self._missing
            of_lanes = [training.progress() for training in missing]
            stacks = {id(training.stack): left for training, (_, left) in zip(missing, of_lanes, strict=True)}
        return sum(share for share, _ in of_lanes) / len(of_lanes) if of_lanes else 1.0, sum(stacks.values())

    def ahead(self) -> int:
        """Return how many stacks go before the first of this job in line; 0 if one trains, or none waits."""
        with self._lock:
            stacks = {training.stack for training in self._trainings if training.stack is not None}
        return min((self._service.turns.ahead(stack) for stack in stacks), default=0)

    def analyse(self, lane: int, analysis: Analysis[T], *arguments: object) -> Future[T] | None:
        """Return the future of `analysis(*arguments, data)` of a lane; None before the data are loaded, and while the executor takes no work."""
        with self._lock:
            return self._trainings[lane].analyse(self._service.executor, analysis, *arguments)

    def kept(self, lane: int, what: object, about: object, make: Callable[[], T]) -> T:
        """Return `make()`, or what it returned before for this lane, the same `what` and the same object `about`, in whatever comparison."""
        return self._trainings[lane].kept(what, about, make)

    def kept_of_data(self, make: Callable[[Any], T], data: Any) -> T:
        """Return `make(data)`, or what it returned before for the same data, in whatever training. What it returns must not refer to the data."""
        with self._lock:
            of_data = self._service.of_data.setdefault(data, Analyses())
        return of_data.kept(make, make, lambda: make(data))
