"""Python imports this by itself where it finds it in PYTHONPATH: no file can be opened for writing, as on a disk that is read-only, or be made."""

import errno
import os
import sys
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.mkdir" or (event == "open" and arguments[2] & _WRITES and not str(arguments[0]).startswith("/dev/") and not isinstance(arguments[0], int)):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), arguments[0])


sys.addaudithook(_refuse)
