"""Worker processes that end when their server is gone, however that came about. Workers import this module first, so it imports nothing heavy."""

from __future__ import annotations

import os
import threading
import time

#: how often a worker looks whether its server is still there
_LOOK_SECONDS = 1.0


def to(server: int) -> None:
    """End this process within about a second after the process with this number, which has started it, is gone.

    A server that is killed tells nobody, and its workers would wait for its next slice until they time out. Linux can send a child a signal at its parent's
    end, but means the thread that has started the child: that of a pool's worker ends long before the server.
    """
    threading.Thread(target=_watch, args=(server,), daemon=True).start()


def _watch(server: int) -> None:
    while os.getppid() == server:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)  # nobody is left whom an orderly end could tell anything
