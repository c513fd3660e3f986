"""A visitor without a browser: Streamlit's websocket protocol, as its front end speaks it, and of the page what a person would look for.

Like the browser it sends the values of all widgets with each rerun, keeps the timers of fragments that renew themselves, says which
large messages it still has, and drops what a finished run has not drawn again. It draws nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState, UploadedFileInfo
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.bare import about_a_file, token

#: how long a visitor waits for anything before it counts as a failure
PATIENCE = 180.0


@dataclass
class Drawn:
    """One element on the page: its delta, and the script run that has drawn it."""

    delta: Delta
    run: str

    @property
    def kind(self) -> str:
        """Return what kind of element it is, as the protocol calls it."""
        kind: str = self.delta.new_element.WhichOneof("type") or ""
        return kind

    @property
    def proto(self) -> Any:
        """Return the element's own message."""
        return getattr(self.delta.new_element, self.kind)


def initial_state(drawn: Drawn) -> WidgetState | None:
    """Return what a browser says of a widget that it shows for the first time, or that the server has set; None for other elements."""
    proto = drawn.proto
    given = getattr(proto, "set_value", False)
    match drawn.kind:
        case "slider" if proto.type == Slider.SELECT_SLIDER:
            chosen = proto.raw_value if given else [proto.options[int(i)] for i in proto.default]
            return WidgetState(id=proto.id, string_array_value={"data": chosen})
        case "slider":
            return WidgetState(id=proto.id, double_array_value={"data": proto.value if given else proto.default})
        case "selectbox":
            return WidgetState(id=proto.id, string_value=proto.raw_value if given else proto.options[proto.default])
        case "button_group":
            chosen = proto.raw_values if given else [proto.options[i].content for i in proto.default]
            return WidgetState(id=proto.id, string_array_value={"data": chosen})
        case "multiselect":
            chosen = proto.raw_values if given else [proto.options[i] for i in proto.default]
            return WidgetState(id=proto.id, string_array_value={"data": chosen})
        case "checkbox":
            return WidgetState(id=proto.id, bool_value=proto.value if given else proto.default)
        case "text_input":
            return WidgetState(id=proto.id, string_value=proto.value if given else proto.default)
        case "number_input":
            return WidgetState(id=proto.id, double_value=proto.value if given else proto.default)
    return None


def chosen_state(drawn: Drawn, value: Any) -> WidgetState:
    """Return what a browser says when a person gives a widget this value: a number, or the text of an option."""
    proto = drawn.proto
    match drawn.kind:
        case "slider" if proto.type == Slider.SELECT_SLIDER:
            return WidgetState(id=proto.id, string_array_value={"data": [value]})
        case "slider":
            return WidgetState(id=proto.id, double_array_value={"data": [value]})
        case "button_group":
            return WidgetState(id=proto.id, string_array_value={"data": [value]})
        case "selectbox" | "text_input":
            return WidgetState(id=proto.id, string_value=value)
        case "checkbox":
            return WidgetState(id=proto.id, bool_value=value)
        case "button":
            return WidgetState(id=proto.id, trigger_value=True)
    raise ValueError(f"a {drawn.kind} cannot be set")


def key_of(element: str) -> str:
    """Return the key that the page has given an element, from its id."""
    return element.split("-", 2)[2]


class Session:
    """One tab: `async with Session(url, "losses", "view=curves") as tab` opens a page and returns when its first run has finished.

    `opened` is the number of seconds from the first contact to that. `complaints` lists exceptions, errors and warnings on the page.
    """

    def __init__(self, url: str, page: str = "", query: str = "") -> None:
        self.complaints: list[str] = []
        #: runs of the whole page whose end the server never told, because the next run had begun by then: a browser may miss a part of the page
        self.cut_short = 0
        self.opened = 0.0
        self.received = 0
        self._url, self._session = url, ""
        self._address = url.replace("http://", "ws://") + "/_stcore/stream"
        self._page_name, self._page_hash, self._query = page, "", query
        self._elements: dict[tuple[int, ...], Drawn] = {}
        #: popovers and expanders that say when they are opened, by their key and by their label
        self._folds: dict[str, str] = {}
        self._widgets: dict[str, WidgetState] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        #: large messages by their hash, with the number of the run in which each was last of use
        self._kept: dict[str, tuple[Delta, int]] = {}
        self._keep_for = 2
        self._run = ""
        self._page_is_running = False
        #: runs that have finished: of the page, and of each fragment
        self._finished: dict[str, int] = {"": 0}
        self._changed = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Session:
        start = time.monotonic()
        # a browser sends no pings of its own
        self._socket = await connect(
            self._address, subprotocols=[Subprotocol("streamlit")], max_size=None, compression=None, open_timeout=PATIENCE, ping_interval=None
        )
        self._listener = asyncio.create_task(self._listen())
        try:
            await self.rerun()
        except BaseException:
            await self.close()
            raise
        self.opened = time.monotonic() - start
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the tab."""
        self._stop_timers(list(self._timers))
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        if self._socket is not None:
            await self._socket.close()

    # What a person does

    async def rerun(self, fragment: str = "") -> float:
        """Run the page, or one of its fragments, and return the seconds until that has finished."""
        start, count = time.monotonic(), self._finished.get(fragment, 0)
        await self._send(fragment)
        await self.until(lambda: self._finished.get(fragment, 0) > count, "the run to finish")
        return time.monotonic() - start

    async def choose(self, widget: str, value: Any = None) -> float:
        """Give the widget with this key or label a value, or press it, and return the seconds until what follows is drawn."""
        drawn = self.find(widget)
        state = chosen_state(drawn, value)
        self._widgets[state.id] = state
        try:
            return await self.rerun(drawn.delta.fragment_id)
        finally:
            if state.WhichOneof("value") == "trigger_value":
                del self._widgets[state.id]

    async def bring(self, widget: str, content: bytes) -> float:
        """Bring a file, and return the seconds until what follows is drawn."""
        start, drawn = time.monotonic(), self.find(widget)
        cookie = await asyncio.to_thread(token, self._url)
        status = await asyncio.to_thread(about_a_file, self._url, cookie, "PUT", self._session, "brought", content)
        if status != 204:
            raise ConnectionError(f"the file was answered with {status}")
        file = FileUploaderState(uploaded_file_info=[UploadedFileInfo(name="brought.csv", size=len(content), file_id="brought")])
        self._widgets[drawn.proto.id] = WidgetState(id=drawn.proto.id, file_uploader_state_value=file)
        await self.rerun(drawn.delta.fragment_id)
        return time.monotonic() - start

    async def unfold(self, name: str) -> float:
        """Open the popover or expander with this key or label, and return the seconds until its content is drawn."""
        fold = self._folds[name]
        self._widgets[fold] = WidgetState(id=fold, bool_value=True)
        return await self.rerun()

    async def settle(self) -> None:
        """Return when the page is drawn and nothing on it renews itself any more: a training that was under way is done, and all of its results are drawn.

        The beginning of a run of the whole page stops all timers, and a busy server draws the rest of it seconds later.
        """
        await self.until(lambda: not self._page_is_running and not self._timers and not self.showing("progress"), "the training to be drawn")

    async def until(self, happened: Callable[[], bool], what: str) -> None:
        """Return when `happened()`; raise if that takes too long, or if the server has hung up."""
        assert self._listener is not None
        listener = self._listener
        try:
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: happened() or listener.done())
        except TimeoutError:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}") from None
        if not happened():
            raise ConnectionError(f"the server hung up before {what}")

    # What a person sees

    def find(self, widget: str) -> Drawn:
        """Return the widget with this key, or else with this label."""
        widgets = [drawn for drawn in self._elements.values() if getattr(drawn.proto, "id", "")]
        for drawn in widgets:
            if key_of(drawn.proto.id) == widget:
                return drawn
        for drawn in widgets:
            if getattr(drawn.proto, "label", "") == widget:
                return drawn
        raise LookupError(f"there is no widget {widget!r} on the page")

    def showing(self, kind: str) -> int:
        """Return how many elements of a kind are on the page, for example `vega_lite_chart`."""
        return sum(drawn.kind == kind for drawn in self._elements.values())

    # The protocol

    async def _send(self, fragment: str = "", *, by_timer: bool = False) -> None:
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id, state.is_auto_rerun = self._query, self._page_hash, fragment, by_timer
        state.page_name = "" if self._page_hash else self._page_name
        state.widget_states.widgets.extend(self._widgets.values())
        state.cached_message_hashes.extend(self._kept)
        state.context_info.color_scheme = "light"
        await self._socket.send(message.SerializeToString())

    async def _listen(self) -> None:
        assert self._socket is not None
        async for data in self._socket:
            assert isinstance(data, bytes)
            self.received += len(data)
            self._take(ForwardMsg.FromString(data))
            async with self._changed:
                self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "delta":
                if message.metadata.cacheable:
                    self._kept[message.hash] = message.delta, self._finished[""]
                self._draw(tuple(message.metadata.delta_path), message.delta)
            case "ref_hash":
                delta = self._kept[message.ref_hash][0]
                self._kept[message.ref_hash] = delta, self._finished[""]
                self._draw(tuple(message.metadata.delta_path), delta)
            case "new_session":
                self._run, self._page_hash = message.metadata.run.script_run_id, message.new_session.page_script_hash
                self._session = message.new_session.initialize.session_id
                self._keep_for = message.new_session.config.max_cached_message_age
                if not message.metadata.run.fragment_ids:
                    self._stop_timers(list(self._timers))
                    self._page_is_running = True
                elif self._page_is_running:
                    self.cut_short += 1
                    self._page_is_running = False
                    self._finished[""] += 1
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "auto_rerun":
                self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                self._stop_timers(list(message.stop_auto_rerun.fragment_ids))
            case "script_finished":
                self._finish(message)
            case "session_event" if message.session_event.HasField("script_compilation_exception"):
                self.complaints.append(message.session_event.script_compilation_exception.message)
            case "page_not_found":
                self.complaints.append(f"there is no page {message.page_not_found.page_name!r}")

    def _draw(self, path: tuple[int, ...], delta: Delta) -> None:
        self._elements.pop(path, None)
        if delta.WhichOneof("type") != "new_element":
            block = getattr(delta.add_block, delta.add_block.WhichOneof("type") or "", None)
            if fold := getattr(block, "id", ""):
                self._folds |= dict.fromkeys((key_of(fold), getattr(block, "label", "")), fold)
            return
        drawn = self._elements[path] = Drawn(delta, self._run)
        if drawn.kind == "exception":
            self.complaints.append(f"{drawn.proto.type}: {drawn.proto.message}")
        elif drawn.kind == "alert" and drawn.proto.format in (Alert.ERROR, Alert.WARNING):
            self.complaints.append(drawn.proto.body)
        elif (state := initial_state(drawn)) is not None and (state.id not in self._widgets or drawn.proto.set_value):
            self._widgets[state.id] = state

    def _finish(self, message: ForwardMsg) -> None:
        """Drop what a finished run has not drawn again, and the large messages that were of no use lately."""
        if not message.metadata.run.fragment_ids:
            self._page_is_running = False
        if message.script_finished not in (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY):
            return
        fragments = list(message.metadata.run.fragment_ids)

        def stale(drawn: Drawn) -> bool:
            return drawn.run != self._run and (not fragments or drawn.delta.fragment_id in fragments)

        self._elements = {path: drawn for path, drawn in self._elements.items() if not stale(drawn)}
        there = {getattr(drawn.proto, "id", "") for drawn in self._elements.values()} | {*self._folds.values()}
        self._widgets = {name: state for name, state in self._widgets.items() if name in there}
        for finished in fragments or [""]:
            self._finished[finished] = self._finished.get(finished, 0) + 1
        if not fragments:
            self._kept = {name: (delta, used) for name, (delta, used) in self._kept.items() if self._finished[""] - used <= self._keep_for}

    def _start_timer(self, fragment: str, seconds: float) -> None:
        async def tick() -> None:
            while True:
                await asyncio.sleep(seconds)
                await self._send(fragment, by_timer=True)

        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(tick())

    def _stop_timers(self, fragments: list[str]) -> None:
        for fragment in fragments:
            if fragment in self._timers:
                self._timers.pop(fragment).cancel()
