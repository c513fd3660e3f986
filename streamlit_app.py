"""The entry of the app: the server loads this file at its start, and every script run of every page runs it."""

import os

# At these sizes two BLAS threads are up to eight times slower than one. numpy reads these variables when it is loaded.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.charts.theme import CHART_CSS, PAGE_CSS, RESULTS_CSS, TABLE_CSS
from pages.ui.door import appearance
from pages.ui.door.gate import Uploads, ask_nobody, write_nothing
from pages.ui.door.icon import ICON
from pages.ui.door.lifespan import lifespan, load
from pages.ui.server import drawing


def visit() -> None:
    """Draw a page with its settings and the navigation."""
    # It comes before the navigation: without an icon the browser fetches the navigation's icon from another host.
    st.set_page_config(page_icon=ICON, layout="wide")
    workbench = st.Page("pages/workbench.py", title="Workbench", icon=":material/compare_arrows:", default=True, url_path="")

    def workbench_by_name() -> None:
        """Send a visitor of /workbench to the address of the default page, with the link's parameters."""
        st.switch_page(workbench, query_params=st.query_params.to_dict())

    page = st.navigation(
        [
            workbench,
            st.Page("pages/losses.py", title="Losses", icon=":material/ssid_chart:"),
            st.Page("pages/descent.py", title="Descent", icon=":material/route:", url_path="optimizers"),  # the address that links carry
            st.Page("pages/imbalance.py", title="Imbalance", icon=":material/balance:"),
            st.Page("pages/regularization.py", title="Regularization", icon=":material/compress:"),
            st.Page("pages/adversarial.py", title="Adversarial", icon=":material/swords:"),
            st.Page("pages/metric_learning.py", title="Metric learning", icon=":material/scatter_plot:"),
            st.Page("pages/segmentation.py", title="Segmentation", icon=":material/background_replace:"),
            st.Page("pages/multitask.py", title="Several tasks", icon=":material/account_tree:"),
            st.Page("pages/deep_networks.py", title="Deep networks", icon=":material/layers:"),
            st.Page("pages/reinforcement.py", title="Reinforcement", icon=":material/sports_esports:"),
            # A further page is one line here and one file in pages/.
            st.Page(workbench_by_name, title="Workbench", url_path="workbench", visibility="hidden"),
        ]
    )
    st.set_page_config(page_title=f"{page.title} · Lossbench")
    st.html(PAGE_CSS + CHART_CSS + TABLE_CSS + RESULTS_CSS)
    load()
    appearance.watch()
    with drawing.TURNSTILE.turn():
        page.run()


if get_script_run_ctx(suppress_warning=True) is None:
    ask_nobody()
    write_nothing()
    app = st.App(__file__, lifespan=lifespan, middleware=[Middleware(Uploads)])
else:
    visit()
