"""Own data as a person brings them: a file with Chinese names becomes curves, a ragged one a message, and a link asks for the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, expect

from core.datasets.own import Own
from core.experiment import digits_experiment
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.browser.conftest import carried

CURVES = ".st-key-loss_curves .marks"
#: text that means something to Markdown, LaTeX, HTML, or Vega's expressions
HOSTILE = ("$x^2$ {a}", "**b** [l](javascript:1)", "<img src=x onerror=alert(1)>", "datum['x']`u`")


def file(name: str, text: str, encoding: str) -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode(encoding)}


def opened(page: Page, url: str, wait_idle: Callable[..., None]) -> Page:
    """Return the workbench with own data chosen and none brought yet."""
    page.goto(f"{url}/?{EXPERIMENT}={link.encode(replace(digits_experiment(), dataset=Own(), epochs=3))}")
    wait_idle(page)
    return page


def bring(page: Page, brought: Any) -> None:
    page.locator("input[type=file]").first.set_input_files(brought)


def test_a_file_becomes_curves_and_its_link_asks_for_it(server: Any, new_page: Callable[..., Page], wait_idle: Callable[..., None]) -> None:
    page = opened(new_page(), server.url, wait_idle)
    bring(page, file("ragged.csv", "a,b\n1,2\n3\n", "utf-8"))
    expect(page.get_by_test_id("stAlert")).to_contain_text("ragged.csv could not be read: line 3 has 1 cell, the header has 2")
    people = "".join(f"{20 + i % 9},{('北京', '上海')[i % 2]},{'甲乙'[i % 3 % 2]}\n" for i in range(60))
    brought = file("people.csv", f"年龄,城市,类别\n{people}", "gbk")
    bring(page, brought)
    page.locator(CURVES).wait_for()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("60 rows and 3 columns, read as GB18030 (GBK), cells parted by commas")
    wait_idle(page)
    sent = carried(page)
    assert isinstance(sent.dataset, Own)

    other = new_page(scheme="dark", width=390, height=844)
    other.goto(page.url)
    expect(other.get_by_test_id("stAlert")).to_contain_text("Bring them along")
    bring(other, brought)
    other.locator(CURVES).wait_for()
    wait_idle(other)
    assert carried(other) == sent


def test_a_person_may_bring_one_file_after_the_other(server: Any, page: Page, wait_idle: Callable[..., None]) -> None:
    """A session may hold four at once: what was read is let go of, whether it was refused or used, and the message about it stays."""
    opened(page, server.url, wait_idle)
    for i in range(6):
        bring(page, file(f"ragged{i}.csv", "a,b\n1,2\n3\n", "utf-8"))
        expect(page.get_by_test_id("stAlert")).to_contain_text(f"ragged{i}.csv could not be read: line 3")
        wait_idle(page)
    page.get_by_role("button", name="Fill in an example").click()
    wait_idle(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("ragged5.csv could not be read: line 3")
    bring(page, file("fine.csv", "a,b\n" + "".join(f"{i},{'uv'[i % 2]}\n" for i in range(60)), "utf-8"))
    page.locator(CURVES).wait_for()


def test_names_of_a_file_are_shown_as_they_are(server: Any, page: Page, wait_idle: Callable[..., None]) -> None:
    """A dialog, or an error in the console, would fail the test."""
    opened(page, server.url, wait_idle)
    lines = "".join(f"{i * 7 % 13},{i * i % 7},{HOSTILE[2 + i % 2]}\n" for i in range(60))
    bring(page, file("<b>f</b> $z$.csv", f"{HOSTILE[0]},{HOSTILE[1]},y\n{lines}", "utf-8"))
    page.locator(".st-key-boundary_0 .marks").wait_for()
    wait_idle(page)
    main = page.get_by_test_id("stMain")
    for text in HOSTILE[2:]:
        expect(main.get_by_text(text, exact=True).first).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("<b>f</b> $z$.csv")
    chart = page.locator(".st-key-boundary_0 canvas").first
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert not page.locator("img[src='x']").count()
