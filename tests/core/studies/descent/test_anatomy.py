"""Anatomy of an update: its numbers are those of the race and of the rule, its words and its picture follow from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.optimizers import OPTIMIZERS, Optimizer
from core.optimizers.base import Array, State
from core.optimizers.slots import Slot
from core.schedules import SCHEDULES
from core.stories import told_by
from core.studies.descent.anatomy import Anatomy, anatomy, angle, in_words
from core.studies.descent.race import Course, Race, Racer, run
from core.studies.descent.stories import STORIES
from core.studies.descent.surfaces import SURFACES
from pages.ui.charts.theme import look
from pages.ui.descent import anatomy_charts
from pages.ui.descent.anatomy import in_lines
from pages.ui.session.lineup import Bench
from tests import vega

KINDS = list(OPTIMIZERS)
STEPS = (1, 2, 3, 7, 40)


def one(kind: str, surface: str = "quadratic", rate: float = 0.05, own: dict[str, Any] | None = None, **others: Any) -> Race:
    """Return a race of one racer; `others` are fields of racer and race."""
    of_racer = {name: others.pop(name) for name in ("l2", "clip_norm", "schedule") if name in others}
    start = SURFACES[surface]().starts[0]
    return Race(
        surface=SURFACES[surface](), racers=(Racer(optimizer=OPTIMIZERS[kind](**own or {}), learning_rate=rate, **of_racer),),
        **{"start": start, "steps": 40, **others},
    )  # fmt: skip


SETTINGS = {
    "plain": {},
    "noise, L2, clipping, schedule": {"noise": 0.5, "l2": 0.3, "clip_norm": 0.8, "schedule": SCHEDULES["cosine"](), "seed": 3},
    "sparse": {"surface": "sparse"},
    "kept on its map": {"surface": "reddi", "rate": 0.3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_repeats_the_race(kind: str) -> None:
    for setting, values in SETTINGS.items():
        race = one(kind, **values)
        course = run(race)
        for step in STEPS:
            found, where = anatomy(race, 0, step), f"{setting}, update {step}"
            np.testing.assert_allclose(found.point, course.points[step - 1, 0], rtol=1e-12, atol=1e-14, err_msg=where)
            np.testing.assert_allclose(found.after, course.points[step, 0], rtol=1e-12, atol=1e-14, err_msg=where)
            np.testing.assert_allclose(found.losses, course.losses[step - 1 : step + 1, 0], rtol=1e-9, atol=1e-14, err_msg=where)
            assert found.rate == pytest.approx(course.rates[step - 1, 0], rel=1e-14), where


@pytest.mark.parametrize("kind", KINDS)
def test_racers_of_a_race_do_not_disturb_each_other(kind: str) -> None:
    both = replace(one(kind), racers=(*one("sgd").racers, *one(kind).racers))
    np.testing.assert_array_equal(anatomy(both, 1, 9).after, anatomy(one(kind), 0, 9).after)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_the_sum_of_its_parts(kind: str) -> None:
    race = one(kind, noise=0.5, l2=0.3, clip_norm=0.4)
    for step in STEPS:
        found = anatomy(race, 0, step)
        whole = found.seen + found.noise + found.l2
        np.testing.assert_allclose(found.gradient, whole * min(1, 0.4 / np.linalg.norm(whole)), rtol=1e-12)
        np.testing.assert_array_equal(found.true, race.surface.gradient(found.point))
        np.testing.assert_array_equal(found.l2, 0.3 * found.point)


@pytest.mark.parametrize("kind", KINDS)
def test_decay_and_rates_times_what_is_followed_make_the_update(kind: str) -> None:
    own = {"weight_decay": 0.2} if "weight_decay" in OPTIMIZERS[kind].parameters() else {}
    for step in STEPS:
        found = anatomy(one(kind, own=own, noise=0.3), 0, step)
        np.testing.assert_allclose(found.decay - found.rates * found.followed.value, found.update, rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.decay, -found.rate * 0.2 * found.point if own else np.zeros(2), rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_without_decay_has_none_not_even_by_rounding(kind: str) -> None:
    """At the defaults of the rules whose decay is 0: the table has no line for it."""
    if getattr(OPTIMIZERS[kind](), "weight_decay", 0):
        return
    for surface in ("quadratic", "rosenbrock", "saddle"):
        for step in range(1, 41):
            found = anatomy(one(kind, surface, steps=40), 0, step)
            if np.isfinite(found.after).all():
                np.testing.assert_array_equal(found.decay, 0)
                assert not any(str(line.words).startswith("decay") for line in found.quantities())


def divisor(found: Anatomy) -> Array:
    """Return what the rule divides by, from the slots and hats, with the formula of its paper."""
    eps = found.optimizer.eps  # type: ignore[attr-defined]
    match found.optimizer.kind:
        case "adam" | "adamw":
            return np.sqrt(found.hats["v"]) + eps
        case "amsgrad":
            return np.sqrt(found.hats["v_max"]) + eps
        case "adabelief":
            return np.sqrt(found.hats["s"]) + eps
        case "adamax":
            return found.state["u"]
        case "yogi":
            return np.sqrt(found.state["v"]) + eps
        case "adagrad":
            return np.sqrt(found.state["sum"]) + eps
        case "rmsprop":
            return np.sqrt(found.state["mean_square"]) + eps
    return np.ones(2)


DIVIDING = ("adam", "adamw", "amsgrad", "adabelief", "adamax", "yogi", "adagrad", "rmsprop")


@pytest.mark.parametrize("kind", [*DIVIDING, "sgd", "momentum", "sgdw", "rmsprop_momentum"])
def test_the_rate_of_each_parameter_is_the_learning_rate_over_the_divisor(kind: str) -> None:
    for step in STEPS:
        found = anatomy(one(kind, noise=0.2), 0, step)
        by = divisor(found) if kind in DIVIDING else np.ones(2)
        np.testing.assert_allclose(found.rates, found.rate / by, rtol=1e-9)
        np.testing.assert_allclose(-found.rate * found.followed.value / by + found.decay, found.moved, rtol=0, atol=1e-12)


def test_what_radam_and_nadam_correct() -> None:
    for step in STEPS:
        early = anatomy(one("radam"), 0, step)
        if step < 6:  # not rectified yet: the corrected mean alone
            np.testing.assert_allclose(early.moved, -early.rate * early.hats["m"], rtol=0, atol=1e-12)
        else:
            np.testing.assert_allclose(np.divide(*(early.rates * np.sqrt(early.hats["v"]))), 1, rtol=1e-6)
        found = anatomy(one("nadam"), 0, step)
        rule = found.optimizer
        mu, after = (rule.beta1 * (1 - 0.5 * 0.96 ** (t * rule.momentum_decay)) for t in (step, step + 1))  # type: ignore[attr-defined]
        product = found.state["mu_product"]
        mean = after / (1 - product * after) * found.state["m"] + (1 - mu) / (1 - product) * found.gradient
        np.testing.assert_allclose(found.moved, -found.rate * mean / (np.sqrt(found.hats["v"]) + rule.eps), rtol=0, atol=1e-12)  # type: ignore[attr-defined]


def test_what_rules_say_of_their_slots_is_about_what_there_is() -> None:
    for kind, item in OPTIMIZERS.items():
        slots = {slot.name for slot in item.slots}
        assert slots == set(item().init(np.zeros(2))), kind
        assert set(item.corrected) <= slots, kind
        assert set(item.corrected.values()) <= set(item.parameters()), kind
        assert item.followed in slots | {""}, kind
        assert item.divisor is None or item.divisor in item.slots, kind


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_of_the_table(kind: str) -> None:
    found = anatomy(one(kind, noise=0.1), 0, 5)
    lines = found.quantities()
    assert str(lines[0].words) == "position"
    assert lines[-1].symbol == r"\Delta"
    assert len({line.symbol for line in lines}) == len(lines)
    for line in lines:
        assert line.value.shape == (2,)
        assert line.before is None or line.before.shape == (2,)
    symbols = {line.symbol for line in lines}
    assert {slot.symbol for slot in found.optimizer.slots if found.state[slot.name].any()} <= symbols
    assert {rf"\hat {{{slot.symbol}}}" for slot in found.optimizer.slots if slot.name in found.hats} <= symbols


@pytest.fixture
def invented() -> Iterator[str]:
    """Register a rule that nobody knows of."""

    @dataclass(frozen=True)
    class Invented(Optimizer):
        title, formula, slots = "Invented", r"\theta \leftarrow \theta - \eta\, g", (Slot("far_memory", "far memory", r"\phi"),)

        def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
            return params - lr * grads, {"far_memory": state["far_memory"] + grads}

    OPTIMIZERS.add("invented")(Invented)
    yield "invented"
    del OPTIMIZERS._items["invented"]


def test_a_new_rule_works_at_once(invented: str) -> None:
    found = anatomy(one(invented), 0, 3)
    lines = {str(line.words): line for line in found.quantities()}
    assert lines["far memory"].symbol == r"\phi"
    np.testing.assert_allclose(found.rates, 0.05)
    assert "plain descent's" in words(found)


def test_a_step_that_there_is_not() -> None:
    for step in (0, 41):
        with pytest.raises(ValueError, match="from 1 to 40"):
            anatomy(one("sgd"), 0, step)


# Words


def words(found: Anatomy, axes: tuple[str, str] = ("x", "y")) -> str:
    return " ".join(map(str, in_words(found, axes)))


def test_words() -> None:
    assert words(anatomy(one("sgd"), 0, 1)) == "The step is plain descent's, the rate times the gradient, and goes straight downhill."
    later = anatomy(one("momentum"), 0, 14)
    times, turned = np.linalg.norm(later.moved) / (0.05 * np.linalg.norm(later.true)), angle(later.moved, -later.true)
    assert f"{times:.3g} times as long as plain descent's at this rate, and goes {turned:.0f}° away from downhill" in words(later)
    adam = anatomy(one("adam", "ravine"), 0, 1)
    x, y = np.abs(adam.true)
    assert f"divided by {x:.3g} in x and by {y:.3g} in y, so y, where gradients were larger, is held back {y / x:.3g} times more" in words(adam)
    assert "in bias and by" in words(anatomy(one("adam", "line_mse"), 0, 1), SURFACES["line_mse"].axes)
    clipped = anatomy(one("sgd", clip_norm=0.1), 0, 1)
    assert f"{np.linalg.norm(clipped.true) / 0.1:.3g} times longer before it was clipped" in words(clipped)
    assert "The decay alone is" in words(anatomy(one("sgdw", own={"weight_decay": 0.5}), 0, 1))
    assert "too long for the curvature" in words(anatomy(one("sgd", rate=2.5), 0, 3))
    uphill = next(found for step in range(2, 40) if angle((found := anatomy(one("momentum", rate=0.3), 0, step)).moved, -found.true) > 95)
    assert "the step does not go downhill" in words(uphill)
    assert "the edge of the map" in words(anatomy(one("sgd", "reddi", rate=5.0), 0, 1))
    assert words(anatomy(one("sgd", start=(0.0, 0.0)), 0, 1)) == "Nothing moves: the gradient is 0 here."
    assert "overflows" in words(anatomy(one("sgd", "rosenbrock", rate=10.0), 0, 40))
    flat = replace(later, true=np.zeros(2), losses=(0.0, 0.0))
    assert words(flat) == f"The step is {times:.3g} times as long as plain descent's at this rate, and goes on although the slope is 0 here."


@pytest.mark.parametrize("stride", [4, pytest.param(1, marks=pytest.mark.proof)])
@pytest.mark.parametrize("kind", KINDS)
def test_there_are_words_and_a_picture_for_every_rule_on_every_surface(kind: str, stride: int) -> None:
    """Words for each pair, and a picture for every fourth (four of each rule, five of each surface), or for every pair."""
    for surface, step in product(SURFACES, (1, 3)):
        race = one(kind, surface, steps=3, noise=0.1)
        course = run(race)
        found = anatomy(race, 0, step)
        text = words(found, race.surface.axes)
        assert text.endswith(".")
        assert "nan" not in text
        assert "inf" not in text
        if step == 3 and np.isfinite(found.after).all() and (KINDS.index(kind) + list(SURFACES).index(surface)) % stride == 0:
            (data, _), arrows = picture(course, found)
            assert arrows[-1].symbol == "Δ"
            assert all(np.isfinite(frame.select_dtypes("number").to_numpy()).all() for frame in data.values())


# The picture


def picture(course: Course, found: Anatomy, **options: Any) -> Any:
    return anatomy_charts.neighbourhood(found, course.points[:, 0], course.losses[:, 0], course.race.surface, look(0, "one"), **options)


@pytest.mark.parametrize("dark", [False, True])
def test_arrows_point_where_the_numbers_say(dark: bool) -> None:
    race = one("adam", "ravine")
    course, found = run(race), anatomy(race, 0, 12)
    (data, spec), arrows = picture(course, found, dark=dark)
    frame = anatomy_charts.frame_of(found, race.surface)
    start = frame.place(found.point)
    np.testing.assert_allclose(start, 0, atol=1e-12)
    by_symbol = {arrow.symbol: np.array(arrow.end) - start for arrow in arrows}
    assert set(by_symbol) == {"−g", "−m̂", "Δ"}
    np.testing.assert_allclose(by_symbol["Δ"], found.moved / frame.half)
    assert angle(by_symbol["−g"], -found.true) == pytest.approx(0, abs=1e-4)
    assert angle(by_symbol["−m̂"], -found.hats["m"]) == pytest.approx(0, abs=1e-4)
    assert 0.3 < np.linalg.norm(by_symbol["Δ"]) < 0.76
    assert len({arrow.factor for arrow in arrows[:-1]}) == 1
    now = data["path"].set_index("step").loc[12]  # where the step leads is where its arrow ends
    np.testing.assert_allclose((now["u"], now["v"]), by_symbol["Δ"], rtol=1e-5)
    vega.check(spec)


def test_one_specification_for_all_steps() -> None:
    race = one("momentum")
    course = run(race)
    specs = {id(picture(course, anatomy(race, 0, step))[0][1]) for step in range(1, 30)}
    assert len(specs) == 1


def test_true_downhill_is_drawn_where_the_rule_sees_something_else() -> None:
    race = one("sgd", noise=0.5)
    _, arrows = picture(run(race), anatomy(race, 0, 3))
    assert [arrow.symbol for arrow in arrows] == ["−∇f", "−g", "Δ"]


def test_formulas_break_between_statements() -> None:
    assert in_lines(r"a \leftarrow b,\ c \leftarrow f(d,\ e)") == r"\begin{gathered} a \leftarrow b \\ c \leftarrow f(d \\ e) \end{gathered}"
    for kind, item in OPTIMIZERS.items():
        lines = in_lines(item.formula).removeprefix(r"\begin{gathered}").removesuffix(r"\end{gathered}")
        assert lines.count("{") == lines.count("}"), kind
        assert lines.count(r"\begin{cases}") == lines.count(r"\end{cases}"), kind


# The view


@pytest.fixture
def app(tmp_path: Path) -> AppTest:
    script = tmp_path / "view.py"
    script.write_text(
        "from core.studies.descent.race import run\nfrom core.studies.descent.stories import STORIES\n"
        "from pages.ui.descent import anatomy, race\nfrom pages.ui.session import state\nfrom pages.ui.widgets import story\n"
        "state.RACE.open()\nstory.menu(STORIES, state.RACE, 'story_menu', '')\nanatomy.draw(run(state.RACE.current()), race.SCREEN)",
        encoding="utf-8",
    )
    return AppTest.from_file(str(script), default_timeout=60).run()


def text(app: AppTest) -> str:
    assert not app.exception, app.exception[0].value
    return " ".join(element.value for element in (*app.markdown, *app.latex))


def test_the_view_follows_chips_and_slider(app: AppTest) -> None:
    assert "plain descent's" in text(app)
    app.button_group(key="descent.race.racer").set_value(3).run()
    assert "mean of gradients, corrected" in text(app)
    app.slider(key="descent.race.update").set_value(1).run()
    assert "| velocity |" not in text(app)
    app.button_group(key="descent.race.racer").set_value(1).run()
    assert "| velocity |" in text(app)
    assert app.slider(key="descent.race.update").value == 1


def test_a_story_is_told_as_long_as_its_race_is_on_the_screen(app: AppTest) -> None:
    assert app.get("menu_button")[0].proto.options == [story.title for story in STORIES]
    for story in STORIES:
        assert told_by(STORIES, story.document) == story
        assert told_by(STORIES, replace(story.document, steps=20)) is None
        app.session_state["race"] = Bench(story.document, tuple(range(len(story.document.racers))), 0)
        text(app.run())
        assert len(app.get("vega_lite_chart")) == 1
