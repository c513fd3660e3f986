"""What every page has in common: one header, a takeaway under it, room for the picture on a phone and on a large screen, and nothing that shuts people out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.studies.losses.views import Pulls
from pages.ui.session import link
from tests.browser.conftest import carried, rests, until

Idle = Callable[..., None]

PAGES = (
    "", "losses", "optimizers", "imbalance", "regularization", "adversarial", "metric_learning", "segmentation", "multitask", "deep_networks", "reinforcement",
)
#: views that say what they come to
TOLD = (
    "", "losses", "losses?view=softmax", "losses?view=pulls", "losses?view=errors", "losses?view=learned", "losses?view=properties", "losses?view=chooser",
    "optimizers", "optimizers?view=line", "optimizers?view=rates", "optimizers?view=learned", "imbalance",
    "regularization", "regularization?view=remedies", "regularization?view=balls", "regularization?view=fit", "regularization?view=decay",
    "adversarial", "adversarial?view=critic", "adversarial?view=dirac", "adversarial?view=duel",
    "metric_learning", "metric_learning?view=mining", "metric_learning?view=people", "metric_learning?view=triplet",
    "segmentation", "segmentation?view=empty", "multitask", "multitask?view=weightings", "deep_networks",
    "reinforcement", "reinforcement?view=transition", "reinforcement?view=cliff", "reinforcement?view=advantage", "reinforcement?view=policy",
    "reinforcement?view=small",
)  # fmt: skip
#: those of them without a chart
TEXTS = ("losses?view=chooser",)
#: what Streamlit's own elements are found to do, by rule: the selectors of the elements
STREAMLITS: dict[str, tuple[str, ...]] = {"scrollable-region-focusable": ("stSidebarContent", "stDataFrame", "katex-display")}
#: the places of the parts of a header from left to right, and its upper edge
PARTS = """page => ['h1', '[data-testid=stButtonGroup]', '.st-key-how_to_read', '.st-key-share'].map(
    each => document.querySelector(`.st-key-${page}_heading ${each}`)?.getBoundingClientRect().left).filter(left => left !== undefined)"""


def opened(page: Page, url: str, wait_idle: Idle) -> None:
    page.goto(url)
    page.locator("h1").wait_for()
    wait_idle(page)


def test_the_header_is_the_same_on_every_page(server: Any, page: Page) -> None:
    tops = set()
    for path in PAGES:
        page.goto(f"{server.url}/{path}")
        name = {"": "workbench", "optimizers": "descent"}.get(path, path)
        parts = 3 if name in ("workbench", "imbalance", "deep_networks") else 4  # these have one view
        until(page, lambda name=name, parts=parts: len(page.evaluate(PARTS, name)) == parts, f"the {parts} parts of the header of {name}")
        places = rests(page, lambda name=name: page.evaluate(PARTS, name))
        assert places == sorted(places), path
        assert len(places) == parts, path
        tops.add(page.evaluate("document.querySelector('.st-key-actions').getBoundingClientRect().top"))
    page.get_by_role("button", name="How to read this").first.click()
    expect(page.get_by_test_id("stPopoverBody").get_by_test_id("stMarkdown").first).to_be_visible()
    assert len({top for top in tops if top < 60}) == 1, "at one height, where the views fit beside the title"


@pytest.mark.proof
@pytest.mark.parametrize(("scheme", "paths"), [("light", TOLD[::2]), ("dark", TOLD[1::2])], ids=["light", "dark"])  # of each page each theme has some
def test_each_view_says_what_it_comes_to_and_shuts_nobody_out(
    scheme: Literal["light", "dark"], paths: tuple[str, ...], server: Any, new_page: Callable[..., Page], wait_idle: Idle
) -> None:
    """No finding of axe that is serious and ours, and a description in words at each chart."""
    page = new_page(scheme=scheme)
    for path in paths:
        opened(page, f"{server.url}/{path}", wait_idle)
        expect(page.get_by_test_id("stProgress")).to_have_count(0)
        page.locator(".st-key-takeaway p").first.wait_for()
        if path not in TEXTS:
            page.locator("canvas").first.wait_for()
        until(page, lambda: page.get_by_role("button", name="Cancel").count() == 0, f"the end of the training of {path}")
        wait_idle(page)
        assert page.locator(".st-key-takeaway p").first.inner_text().endswith((".", "?")), path
        page.wait_for_function("[...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(e => e.getAttribute('aria-label')?.length > 20)")
        rests(page, page.locator("canvas").count)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        ours = [
            (each["id"], node["target"], node["html"][:120])
            for each in found if each["impact"] in ("serious", "critical")
            for node in each["nodes"] if not any(part in str(node["target"]) + node["html"] for part in STREAMLITS.get(each["id"], ()))
        ]  # fmt: skip
        assert not ours, (path, scheme)


def test_on_a_phone_the_picture_comes_first_and_views_are_a_menu(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=390, height=844)
    for path in ("losses", "losses?view=softmax", "optimizers?view=line"):
        picture_first(page, path, server, wait_idle)


def picture_first(page: Page, path: str, server: Any, wait_idle: Idle) -> None:
    """See that the first chart is on the first screen and stays there, that nothing is wider than the screen, and that the views are a menu."""
    opened(page, f"{server.url}/{path}", wait_idle)
    chart = page.locator("canvas").first
    chart.wait_for()
    box = chart.bounding_box()
    assert box is not None
    assert box["y"] < 600, "the first chart is on the first screen"
    expect(page.locator(".st-key-views_menu input")).to_be_visible()
    assert not page.locator("[class*=_heading] [data-testid=stButtonGroup]").first.is_visible()
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0
    settings = page.locator(".st-key-picture :is(.st-key-folded, .st-key-settings > :nth-child(2))").first
    expect(settings).to_be_hidden()
    page.get_by_text("Settings", exact=True).click()
    expect(settings).to_be_visible()
    page.locator(".st-key-picture [data-testid=stSlider]").last.scroll_into_view_if_needed()
    after = page.locator(".st-key-stage").bounding_box()
    assert after is not None
    assert 0 <= after["y"] < 200, "it stays in sight while a dial is moved"


@pytest.mark.proof
def test_on_a_phone_each_view_has_its_first_chart_on_the_first_screen(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    """Nothing is wider than the screen, and no page is longer than three screens without need: the losses' table of steps and the race are."""
    page, longest = new_page(width=390, height=844), {}
    for path in (path for path in TOLD if path not in TEXTS):
        opened(page, f"{server.url}/{path}", wait_idle)
        chart = page.locator("canvas:visible, .st-key-stage img:visible").first
        chart.wait_for()
        until(page, lambda: page.get_by_role("button", name="Cancel").count() == 0, f"the end of the training of {path}")
        wait_idle(page)
        top = rests(page, lambda chart=chart: chart.bounding_box())["y"]
        assert top < 560, (path, top)
        wide, longest[path] = page.evaluate("(e => [e.scrollWidth - e.clientWidth, e.scrollHeight])(document.querySelector('[data-testid=stMain]'))")
        assert wide <= 0, path
    assert {path for path, length in longest.items() if length > 2000} <= {"", "losses?view=softmax", "optimizers"}, longest


def test_on_a_large_screen_charts_take_the_height_of_the_window(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=1920, height=1080)
    for path, place in (("losses", "losses_curves_values"), ("regularization?view=balls", "regularization_ball_l1"), ("adversarial", "adversarial_pulls")):
        opened(page, f"{server.url}/{path}", wait_idle)
        chart = page.locator(f".st-key-{place} canvas")
        chart.wait_for()
        box = rests(page, lambda chart=chart: chart.bounding_box())
        assert box["height"] > 450, path
        assert box["y"] + box["height"] < 1080, path


def test_at_150_percent_nothing_of_the_workbench_is_cut(server: Any, new_page: Callable[..., Page], wait_idle: Idle) -> None:
    page = new_page(width=853, height=533)
    opened(page, server.url, wait_idle)
    remove = page.locator(".st-key-remove button").first
    remove.wait_for()
    tops = rests(page, lambda: page.locator(".st-key-line button:visible:has-text('More'), .st-key-line button:visible:has-text('Code')").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().top)"
    ))  # fmt: skip
    box = remove.bounding_box()
    assert box is not None
    assert [round(top) for top in tops] == [round(box["y"])] * 2, "the buttons of a run stand in one line"
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('[data-testid=stMain]'))") <= 0
    cut = page.evaluate("""() => [...document.querySelectorAll('[data-testid=stMain] button p')].filter(
        e => e.offsetWidth > 1 && e.scrollWidth > e.clientWidth + 1 && !e.closest('.st-key-chips')).map(e => e.textContent)""")
    assert not cut


def test_a_click_moves_an_outlier_and_every_line_answers(server: Any, page: Page, wait_idle: Idle) -> None:
    opened(page, f"{server.url}/losses?view=pulls", wait_idle)
    chart = page.locator(".st-key-losses_pull_0 canvas")
    chart.wait_for()
    rests(page, lambda: chart.bounding_box())
    box = chart.bounding_box()
    assert box is not None
    before = [page.locator(f".st-key-losses_pull_{i} canvas").screenshot() for i in range(4)]
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.7 * box["height"])
    until(page, lambda: len(carried(page, Pulls, "v").outliers.placed) == 1, "a point that was added")
    wait_idle(page)
    first = carried(page, Pulls, "v")
    assert first.chosen == 41
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"])
    until(page, lambda: carried(page, Pulls, "v").outliers != first.outliers, "the same point elsewhere")
    wait_idle(page)
    moved = carried(page, Pulls, "v")
    assert [each.number for each in moved.outliers.placed] == [41]
    assert moved.outliers.placed[0].x > first.outliers.placed[0].x
    assert link.read(link.encode(moved), Pulls) == moved
    after = [page.locator(f".st-key-losses_pull_{i} canvas").screenshot() for i in range(4)]
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.get_by_role("button", name="Remove it").click()
    until(page, lambda: carried(page, Pulls, "v") == Pulls(), "the data as they were")


def test_a_change_of_the_theme_draws_the_charts_anew(server: Any, page: Page, wait_idle: Idle) -> None:
    """Lines of axes are half transparent, dark on the light page and light on the dark one. What was never redrawn has none of the other kind."""
    light = """() => [...document.querySelectorAll('canvas')].map(canvas => {
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) count += data[i] > 240 && data[i + 1] > 240 && data[i + 2] > 240 && data[i + 3] > 120 && data[i + 3] < 180;
        return count;
    })"""
    opened(page, f"{server.url}/regularization?view=balls", wait_idle)
    until(page, lambda: page.locator("canvas").count() == 3, "three charts")
    assert max(page.evaluate(light)) < 20
    page.emulate_media(color_scheme="dark")
    until(page, lambda: min(page.evaluate(light)) > 100, "light axes")
    page.emulate_media(color_scheme="light")
    until(page, lambda: max(page.evaluate(light)) < 20, "dark axes")
