"""Under construction."""

from __future__ import annotations

import streamlit as st


def draw() -> None:
    """Draw the view."""
    st.write("race")
