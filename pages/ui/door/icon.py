"""The icon of the browser's tab, as an address that carries its picture.

As a file Streamlit would serve it for the session, and take it back at the end of a run that the next change interrupts: the browser may then ask in vain.
"""

from base64 import b64encode
from pathlib import Path

ICON = f"data:image/png;base64,{b64encode(Path(__file__).with_name('icon.png').read_bytes()).decode()}"
