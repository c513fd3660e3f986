"""The questions that people come with are answered within three clicks from the first page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

Idle = Callable[..., None]

#: of each question: the clicks, first on a page of the navigation, then on a view or a choice; and what the answer says
QUESTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "what does one outlier do": (("Losses", "Outliers: who pulls"), r"outliers among \d+ samples have \d+% of the pull under"),
    "MSE or cross-entropy for classes": (("Losses", "Curves", "Classification"), r"a sure mistake.*cross-entropy with [\d.]+.*squared error"),
    "rate too large or small": (("Descent", "Learning rate"), r"at the tolerance: .* steps.*diverge"),
    "SGD or Adam": (("Descent",), r"adam"),
    "L1 or L2": (("Regularization", "L1 or L2"), r"lowest validation loss: L1 .* weights 0\), L2 .* weights 0\)"),
    "batch size": (("Descent", "Batch size"), r"batch"),
    "class weights": (("Imbalance",), r"most of the rare class is found with class weights: \d+% instead of \d+%"),
    "early stopping and dropout": (("Regularization", "Dropout, early stopping and more"), r"better with .*dropout, early stopping"),
    "which loss for my data": (("Losses", "Which loss?"), r"take .+ first: "),
    "why did my loss explode": (("Descent", "Learning rate"), r"diverges: "),
}  # fmt: skip


@pytest.mark.proof
def test_each_question_is_answered_within_three_clicks(server: Any, page: Page, wait_idle: Idle) -> None:
    for question, (clicks, answer) in QUESTIONS.items():
        assert len(clicks) <= 3, question
        page.goto(server.url)
        page.locator("h1").wait_for()
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=clicks[0], exact=True).click()
        expect(page.locator("h1")).to_have_text(clicks[0])
        for click in clicks[1:]:
            page.get_by_role("radio", name=click, exact=True).first.click()
        expect(page.locator(".st-key-takeaway").first).to_contain_text(re.compile(answer, re.IGNORECASE | re.DOTALL))
