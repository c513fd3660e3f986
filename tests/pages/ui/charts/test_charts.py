"""The charts: valid and constant specifications, labels that stay data, and nothing drawn that ruins an axis unmarked."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pages.ui.charts import panels, run_charts, series, theme
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from tests import vega

HOSTILE = (
    '"]}; alert(1)',
    "datum.x",
    'it\'s "quoted"',
    'back\\slash \\" + x',
    "a.b[0]",
    "🔥 emoji",
    "very long " * 30,
    "line\nbreak\u2028other",
    "<img src=x onerror=alert(1)>",
)
PLAIN = ("one", "two", "three")


def looks(labels: tuple[str, ...] = PLAIN) -> list[theme.Look]:
    return [theme.look(i, label) for i, label in enumerate(labels)]


def wide(runs: int, rows: int = 21, level: float = 2.0) -> pd.DataFrame:
    """Return a frame of falling curves with training curves."""
    x = np.arange(rows)
    columns: dict[str, Any] = {"x": x}
    for i in range(runs):
        columns[f"r{i}"] = level * np.exp(-x / (3 + i)) + 0.1
        columns[f"r{i}_train"] = 0.9 * columns[f"r{i}"]
    return pd.DataFrame(columns)


def long(runs: int, rows: int = 21, level: float = 2.0) -> pd.DataFrame:
    frame = wide(runs, rows, level)
    parts = [
        pd.DataFrame(
            {"run": f"r{i}", "epoch": frame["x"], "x": frame["x"] * 0.1, "value": frame[f"r{i}"], "loss": frame[f"r{i}"], "metric": 1 - frame[f"r{i}"]}
        )
        for i in range(runs)
    ]
    return pd.concat(parts, ignore_index=True)


def dots(shift: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame({"x": [0.0, 1.0], "y": [shift, 1.0], "true": [0, 1], "predicted": [0, int(shift > 0)], "count": [3, 4], "share": [1.0 - shift, 0.5]})


def every_chart(labels: tuple[str, ...] = PLAIN, *, shift: float = 0.0, dark: bool = False) -> Iterator[Chart]:
    """Yield a chart of each function, its words taken from `labels`, its numbers moved by `shift`."""
    styles, runs = looks(labels), len(labels)
    x, y, box = Axis(labels[0]), Axis(labels[-1]), (0.0, 1.0)
    yield run_charts.curves(wide(runs, level=2 + shift), styles, replace(x, domain=(0, 20)), y, dark=dark)
    yield run_charts.curves(wide(runs, level=2 + shift), styles, x, replace(y, log=True), dark=dark)
    yield run_charts.curves_by_run(long(runs, level=2 + shift), styles, x, y, dark=dark)
    yield run_charts.paths(long(runs, level=2 + shift), styles, replace(x, log=True), y, dark=dark)
    x, y = replace(x, domain=box), replace(y, domain=box)
    png = panels.shading_png(np.full((4, 4, runs), shift))
    yield panels.boundary(dots(shift), png, styles[0], x, y, classes=labels, dark=dark)
    yield panels.fit(dots(shift), dots(shift), styles[0], x, y, dark=dark)
    yield panels.predicted_true(dots(shift), styles[0], title=labels[0], domain=box, dark=dark)
    yield panels.confusion(dots(shift), labels, look=styles[0], dark=dark)


def strings(spec: Any, *names: str) -> Iterator[str]:
    """Yield every string of a specification under a key of `names`."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key in names and isinstance(value, str):
                yield value
            yield from strings(value, *names)
    elif isinstance(spec, list):
        for value in spec:
            yield from strings(value, *names)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("labels", [PLAIN, HOSTILE])
def test_specs_are_valid(labels: tuple[str, ...], dark: bool) -> None:
    for _, spec in every_chart(labels, dark=dark):
        vega.check(spec)
        assert spec["width"] == "container"
        assert spec["height"] >= 200


def test_specs_are_constant_when_only_data_change() -> None:
    for (data, spec), (moved, same) in zip(every_chart(), every_chart(shift=0.5), strict=True):
        assert json.dumps(spec) == json.dumps(same)
        assert any(not data[name].equals(moved[name]) for name in data)


def test_specs_name_the_datasets_that_travel() -> None:
    for data, spec in every_chart():
        assert {layer["data"]["name"] for layer in [spec, *spec["layer"]] if "name" in layer.get("data", {})} == set(data)
        assert "datasets" not in spec


def test_data_are_small_types() -> None:
    for data, _ in every_chart():
        for name, frame in data.items():
            assert all(kind in ("float32", "int8", "int16", "int32", "category") for kind in frame.dtypes.astype(str)) or name == "shading"


def test_labels_never_reach_fields_or_expressions() -> None:
    code = ("field", "calculate", "filter", "labelExpr", "expr", "test", "y2", "as")
    for (_, plain), (_, hostile) in zip(every_chart(tuple("a" * len(label) for label in HOSTILE)), every_chart(HOSTILE), strict=True):
        assert list(strings(plain, *code)) == list(strings(hostile, *code))


def test_titles_of_tooltips_stay_strings() -> None:
    """Vega-Lite escapes the quotes of a tooltip's title and puts it between quotes: what is left must be one string."""
    for _, spec in every_chart(HOSTILE):
        for layer in spec["layer"]:
            titles = [tip["title"] for tip in layer["encoding"].get("tooltip", [])]
            assert len(titles) == len(set(titles))
            for title in titles:
                pasted = '"' + title.replace('"', '\\"') + '"'
                assert isinstance(json.loads(pasted), str), title


def test_marks_carry_no_default_tooltip_or_description() -> None:
    """The front end's default tooltip and Vega-Lite's descriptions paste the titles of axes into expressions unescaped."""
    for _, spec in every_chart():
        assert spec["config"]["mark"] == {"aria": False, "tooltip": False}


def test_a_diverging_run_does_not_set_the_axis() -> None:
    frame = wide(2)
    frame["r1"] = np.where(frame["x"] < 5, 2.0 * 10.0 ** frame["x"], np.nan)
    frame["r1_train"] = frame["r1"]
    frame["r1_end"] = np.where(frame["x"] == 5, np.inf, np.nan)
    data, _ = run_charts.curves(frame, looks(("calm", "lost")), Axis("epochs"), Axis("loss"))
    assert data["curves"][["r0", "r1", "r1_train"]].max().max() < 3
    np.testing.assert_allclose(data["curves"]["r0"], frame["r0"], rtol=1e-6)
    marks = data["marks"].set_index(["run", "kind"])
    assert marks.loc[("r1", series.DIVERGED), "x"] == 5
    assert marks.loc[("r1", series.LEAVES), "x"] == 1
    assert marks["y"].max() < 3
    assert ("r0", series.HEAD) in marks.index


def test_when_all_diverge_the_starts_set_the_axis() -> None:
    grown = np.array([2.0, 1.5, 1e4, 1e5])
    low, high = series.limits([grown, 2 * grown], [True, True], Axis(""))
    assert low < 1.5
    assert 4 < high < 10
    low, high = series.limits([grown], [True], Axis("", log=True))
    assert low < 0.1
    assert 2 < high <= 1e3


def test_runs_that_learn_are_never_cut() -> None:
    flat, learns = np.full(50, 2.3), 2.3 * 0.5 ** np.arange(50)
    for values in ([flat, learns], [flat, learns * 1000], [-flat, -learns], [np.zeros(50), np.linspace(0, 0.9, 50)]):
        low, high = series.limits(values, [False, False], Axis(""))
        assert low <= min(v.min() for v in values)
        assert high >= max(v.max() for v in values)
    low, high = series.limits([flat, learns], [False, False], Axis("", log=True))
    assert low <= learns.min()
    assert high >= 2.3


def test_an_explosion_that_is_not_yet_marked_is_cut() -> None:
    spike = np.full(50, 1.0)
    spike[30] = 1e5
    assert series.limits([spike, np.linspace(2, 0.1, 50)], [False, False], Axis(""))[1] < 10
    assert series.limits([np.geomspace(2, 1e5, 50), np.linspace(2, 0.1, 50)], [False, False], Axis(""))[1] < 10


def test_limits_of_nothing_are_open() -> None:
    assert series.limits([np.array([]), np.array([np.nan])], [False, True], Axis("")) == (-np.inf, np.inf)


def test_gaps_and_infinities_become_gaps() -> None:
    frame = pd.DataFrame({"x": range(3), "r0": [1.0, np.inf, np.nan]})
    data, _ = run_charts.curves(frame, looks(("one",)), Axis(""), Axis(""))
    assert np.isfinite(data["curves"].to_numpy(np.float64)).sum() == 4
    empty, _ = run_charts.curves(frame.iloc[:0], looks(("one",)), Axis(""), Axis(""))
    assert len(empty["curves"]) == len(empty["marks"]) == 0


@pytest.mark.parametrize(("rows", "sent"), [(1, 1), (500, 500), (501, 300), (20000, 300)])
def test_long_curves_are_thinned_with_both_ends(rows: int, sent: int) -> None:
    data, _ = run_charts.curves(wide(1, rows), looks(("one",)), Axis(""), Axis(""))
    assert len(data["curves"]) == sent
    assert data["curves"]["x"].iloc[[0, -1]].tolist() == [0, rows - 1]
    part, _ = run_charts.paths(long(2, rows), looks(("one", "two")), Axis(""), Axis(""))
    assert part["rows"].groupby("run", observed=True)["epoch"].agg(["min", "max", "size"]).to_numpy().tolist() == [[0, rows - 1, sent]] * 2


def test_twelve_looks_are_distinct() -> None:
    all_looks = [theme.look(i, "same") for i in range(12)]
    assert len({(each.color, each.dash) for each in all_looks}) == 12
    assert len({each.name for each in all_looks}) == 12
    assert len({each.color for each in all_looks[:6]}) == 6
    with pytest.raises(ValueError, match="slot"):
        theme.look(12, "")


def test_a_run_is_named_in_the_colour_of_text_after_its_line() -> None:
    look = theme.look(1, "hinge")
    spec = panels.headed({"layer": []}, look)
    assert spec["title"]["text"] == ["B hinge"]
    assert "color" not in spec["title"]
    assert (spec["layer"][0]["mark"]["color"], spec["layer"][0]["mark"]["strokeDash"]) == (look.color, [*look.dash])


def test_chip_css_holds_no_label_and_stays_in_its_container() -> None:
    css = theme.chip_css(looks(HOSTILE), "runs")
    assert css == theme.chip_css(looks(("a",) * len(HOSTILE)), "runs")
    assert css.startswith("<style>")
    assert css.count("<") == 2
    assert css.count("data:image/svg+xml,") == len(HOSTILE)
    assert css.count(".st-key-runs ") == len(HOSTILE) + 1


def test_config_reads_from_the_back_row() -> None:
    for dark in (False, True):
        settings = theme.config(dark)
        for part in ("axis", "legend"):
            assert settings[part]["labelFontSize"] == theme.grown(13)
            assert settings[part]["titleFontSize"] == theme.grown(14)
        assert theme.grown(20) == {"expr": "windowSize()[0] < 1700 ? 20 : 27"}
        assert settings["background"] == "transparent"


def opened(uri: str) -> Any:
    head, body = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))).convert("RGBA"))


def rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def test_shading_puts_the_first_row_at_the_bottom() -> None:
    shares = np.zeros((2, 3, 2))
    shares[0, :, 0] = 1  # low y: the first class
    shares[1, :, 1] = 1
    picture = opened(panels.shading_png(shares))
    assert picture.shape == (2, 3, 4)
    assert picture[-1, 0, :3].tolist() == rgb(theme.CLASS_COLORS[0])
    assert picture[0, 0, :3].tolist() == rgb(theme.CLASS_COLORS[1])
    assert (picture[..., 3] == panels.OPAQUE).all()


def test_shading_is_stronger_where_it_is_surer() -> None:
    first = np.linspace(0.5, 1, 50)
    alpha = opened(panels.shading_png(np.stack([first, 1 - first], axis=-1)[None]))[0, :, 3].astype(int)
    assert (np.diff(alpha) >= 0).all()
    assert alpha[0] == panels.FAINT
    assert alpha[-1] == panels.OPAQUE


def test_shading_is_transparent_where_nothing_is_known() -> None:
    shares = np.full((2, 2, 3), 1 / 3)
    shares[0, 0] = np.nan
    assert opened(panels.shading_png(shares))[1, 0, 3] == 0


@pytest.mark.parametrize("classes", [2, 3, 10, 40])
def test_shading_is_small(classes: int) -> None:
    angles = np.arange(classes) * 2 * np.pi / classes
    y, x = np.mgrid[-3:3:200j, -3:3:200j]
    scores = 2 * (np.sin(x)[..., None] * np.cos(angles) + y[..., None] * np.sin(angles))
    shares = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    assert len(panels.shading_png(shares)) < 6000
    assert len(panels.shading_png(np.eye(classes)[shares.argmax(axis=-1)])) < 4000


def test_four_runs_of_200_epochs_stay_below_20_kilobytes() -> None:
    build: tuple[Callable[[], Chart], ...] = (
        lambda: run_charts.curves(wide(4, 201), looks(("a", "b", "c", "d")), Axis(""), Axis("")),
        lambda: run_charts.paths(long(4, 201), looks(("a", "b", "c", "d")), Axis(""), Axis("")),
    )
    for chart in build:
        data, spec = chart()
        assert sum(int(frame.memory_usage(index=False).sum()) for frame in data.values()) + len(json.dumps(spec)) < 21_000


def test_predicted_against_true_survives_gaps() -> None:
    data, spec = panels.predicted_true(pd.DataFrame({"true": [np.nan], "predicted": [np.inf]}), looks()[0], title="price")
    vega.check(spec)
    assert data["points"].isna().all(axis=None), "what is not finite is a gap"
