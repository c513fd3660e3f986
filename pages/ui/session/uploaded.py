"""Files on their way from a browser into the session: they are read once, and not kept beside what was made of them."""

from __future__ import annotations

from typing import Any

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile


def released(file: Any) -> bool:
    """Return whether what a widget for files holds is one that was read before. Streamlit tells such a widget that it has changed once more."""
    return isinstance(file, DeletedFile)


def release(file: Any) -> None:
    """Let go of a file that was read. Streamlit would hold it until the session ends, unless the person takes it out of the widget while that is drawn."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
