"""Links and files that nobody should have made: at least a hundred, each to be refused with a message."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from core.experiment import digits_experiment
from core.parameters import Optional
from core.studies.descent.race import default_race
from core.views import View
from pages.ui.session import link

GOOD, GOOD_RACE = link.encode(digits_experiment()), link.encode(default_race())
EXPERIMENT: dict[str, Any] = json.loads(digits_experiment().to_json())
RUN: dict[str, Any] = EXPERIMENT["runs"][0]
RACE: dict[str, Any] = json.loads(default_race().to_json())
RACER: dict[str, Any] = RACE["racers"][0]

#: texts that would be something else if a page took them for Markdown, HTML, LaTeX, an icon or an expression of a chart
TEXTS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<b>bold</b> &lt;i&gt;",
    "[link](javascript:alert(1))",
    "![picture](https://a.example/x.png)",
    "https://a.example/steal",
    "www.a.example",
    "someone@a.example",
    "**bold** _it_ ~~gone~~ `code`",
    "$x^2$ $$\\frac{1}{2}$$",
    ":red[red] :blue-badge[b]",
    ":material/home: :streamlit:",
    ":smile: :+1:",
    "a -> b <- c -- d >= e",
    "# heading",
    "1. one",
    "| a | b |",
    "[^1] [ ] - [x]",
    "datum.run + labels[0]",
    "{{ datum.x }} {signal: 'width'}",
    "'], alert(1), ['",
    "\\\" \\' \\\\ \\n",
    "=cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "مرحبا שלום 学習率 ǆ🙂",
    "a.b[0]['c']",
    "100%; %s %(x)s {0}",
)


def packed(content: bytes | str, version: str = "1") -> str:
    """Return a link to anything."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return version + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


def experiment(**fields: Any) -> str:
    """Return the JSON of the default experiment with other fields."""
    return json.dumps(EXPERIMENT | fields)


def with_run(**fields: Any) -> str:
    """Return the JSON of the default experiment with other fields in its first run."""
    return experiment(runs=[RUN | fields, *EXPERIMENT["runs"][1:]])


def with_racer(**fields: Any) -> str:
    """Return the JSON of the default race with other fields in its first racer."""
    return json.dumps(RACE | {"racers": [RACER | fields]})


def nested(depth: int, kind: str = "sum_classification") -> dict[str, Any]:
    """Return sums of sums."""
    loss: dict[str, Any] = {"kind": kind}
    for _ in range(depth):
        loss = {"kind": kind, "first": loss}
    return loss


def _wrong_values(edit: Callable[..., str], fields: dict[str, list[Any]]) -> Iterator[tuple[str, str]]:
    for name, values in fields.items():
        for i, value in enumerate(values):
            yield f"{name} {i}", edit(**{name: value})


def files() -> dict[str, str]:
    """Return JSON texts that are no experiment, by what is wrong with them."""
    whole = experiment()
    found = {
        "nothing": "",
        "null": "null",
        "a list": "[]",
        "an empty object": "{}",
        "a number": "7",
        "a text": '"x"',
        "not a number": "NaN",
        "half": whole[: len(whole) // 2],
        "two": whole * 2,
        "HTML": "<!doctype html><script>alert(1)</script>",
        "a race": default_race().to_json(),
        "CSV": "a,b\n1,2\n",
        "single quotes": whole.replace('"', "'"),
        "a comment": "/* x */" + whole,
        "a comma too many": whole[:-1] + ",}",
        "no version": whole.replace('"version": 1, ', ""),
        "a name twice": whole[:-1] + ', "epochs": 5}',
        "a loss twice": whole.replace('"kind": "cross_entropy"', '"kind": "hinge", "kind": "cross_entropy"', 1),
        "control characters": whole.replace("digits", "di\x00gits"),
        "bare constants": whole.replace('"epochs": 20', '"epochs": Infinity'),
        "NaN for a share": whole.replace('"test_share": 0.2', '"test_share": NaN'),
        "beyond floats": whole.replace('"test_share": 0.2', '"test_share": 1e400'),
        "5,000 digits": whole.replace('"epochs": 20', f'"epochs": {"9" * 5000}'),
        "300 digits": whole.replace('"epochs": 20', f'"epochs": {"9" * 300}'),
        "5,000 decimals": whole.replace('"epochs": 20', f'"epochs": 20.{"5" * 5000}'),
        "brackets": "[" * 60_000,
        "objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
        "a deep list": experiment(model={"kind": "mlp", "hidden": json.loads("[" * 400 + "]" * 400)}),
        "sums of sums": with_run(loss=nested(20)),
        "many sums of sums": with_run(loss=nested(300)),
        "1,100 runs": experiment(runs=[{"loss": {"kind": "hinge"}, "optimizer": {"kind": "sgd"}}] * 1100),
        "65 runs": experiment(runs=[{"loss": {"kind": "hinge"}, "optimizer": {"kind": "sgd"}}] * 65),
        "5,000 names": json.dumps({f"{i}": 0 for i in range(4500)}),
        "20,000 layers": experiment(model={"kind": "mlp", "hidden": [1] * 20_000}),
        "a label of 50,000": with_run(label="x" * 50_000),
        "no runs": experiment(runs=[]),
        "a field of Python": experiment(__class__="x"),
        "a field too many": experiment(callback="alert(1)"),
        "a run of lists": experiment(runs=[[1]]),
        "shares": experiment(validation_share=0.6, test_share=0.5),
        "a loss for other data": with_run(loss={"kind": "squared_log"}),
        "surrogates": with_run(label="\ud800"),
        "an optimizer for a loss": with_run(loss={"kind": "adam"}),
        "columns of a table": experiment(dataset={"kind": "upload", "columns": ["salary", "name"]}),
        "a column as a parameter": experiment(dataset={"kind": "moons", "salary": 1}),
        "HTML for a kind": experiment(dataset={"kind": TEXTS[0]}),
    }
    numbers = [-1, 1.5, 10**9, "20", None, True, [20], {}, 1e308]
    found |= dict(
        _wrong_values(
            experiment,
            {
                "version": [0, 2, "1", 1.0, True, None, -1],
                "epochs": [0, *numbers],
                "seeds": numbers,
                "batch_size": numbers,
                "split_seed": [2**40, *numbers[3:]],
                "validation_share": [0, 1, -0.1, "0.2", None, [0.2]],
                "dtype": ["float16", "", 32, None, "object", ["float32"]],
                "corruption": [None, [], {"labels": 2}, {"kind": "x"}],
                "dataset": [
                    None,
                    "digits",
                    [],
                    {},
                    {"kind": None},
                    {"kind": ["digits"]},
                    {"kind": "../../etc/passwd"},
                    {"kind": "moons", "rows": 10**12},
                    {"kind": "moons", "noise": -1},
                ],
                "model": [
                    None,
                    {"kind": "transformer"},
                    {"kind": "mlp", "hidden": [0]},
                    {"kind": "mlp", "hidden": [10**9]},
                    {"kind": "mlp", "hidden": [64] * 5},
                    {"kind": "mlp", "hidden": "64"},
                    {"kind": "mlp", "hidden": []},
                    {"kind": "mlp", "hidden": [1.5]},
                    {"kind": "mlp", "activation": "eval"},
                ],
                "runs": [None, {}, "x", [None], [{}], [RUN | {"kind": "run"}], {"0": RUN}],
            },
        )
    )
    return found | dict(
        _wrong_values(
            with_run,
            {
                "learning_rate": [0, -1, 1e7, "0.1", None, True, []],
                "loss": [None, "hinge", {}, {"kind": "Hinge"}, {"kind": "hinge", "x": 1}, {"kind": "huber", "delta": -1}],
                "optimizer": [None, {"kind": "sgd" * 1000}, {"kind": "adam", "beta1": 1}, {"kind": "adam", "beta1": "0.9"}],
                "schedule": [{"kind": "step", "every": 0}, "constant"],
                "penalty": [{"kind": "l2", "strength": -1}, {"kind": "l7"}],
                "class_weights": [{"kind": "manual", "values": [-1]}, {"kind": "manual", "values": [1] * 5000}],
                "label": ["x" * 61, "a\nb", "a\x00b", "a\u202eb", "\u2028", None, 7, ["x"]],
                "dropout": [1, -0.1],
                "patience": [-1, 0.5],
                "resampling": ["all", None],
            },
        )
    )


def links() -> dict[str, str]:
    """Return links that carry no experiment, by what is wrong with them."""
    whole = experiment()
    body = zlib.compress(whole.encode())
    raw = {
        "cut": GOOD[:-1],
        "cut in half": GOOD[: len(GOOD) // 2],
        "one character": "1",
        "nothing": "",
        "no version": GOOD[1:],
        "another version": "2" + GOOD[1:],
        "a version of letters": "v" + GOOD,
        "an Arabic version": "\u0661" + GOOD[1:],
        "a space before": " " + GOOD,
        "a space within": f"{GOOD[:30]} {GOOD[30:]}",
        "a quote": GOOD + '"',
        "a percent sign": GOOD[:40] + "%41" + GOOD[40:],
        "a line break": GOOD + "\n",
        "twice": GOOD + GOOD,
        "HTML": "1<script>alert(1)</script>",
        "a surrogate": "1\ud800",
        "a null": GOOD + "\x00",
        "a right-to-left mark": "1\u202e" + GOOD,
        "letters of another script": "1" + "é" * 40,
        "16,001 characters": "1" + "A" * 16_000,
        "a million characters": "1" + "A" * 10**6,
        "a path": "1../../../../etc/passwd",
        "a race": GOOD_RACE,
        "JSON bare": "1" + whole,
        "base64 of JSON": "1" + base64.b64encode(whole.encode()).decode(),
        "standard base64": "1" + base64.b64encode(zlib.compress(b"\xff\xfe\xfb" * 10)).decode(),
        "two streams": "1" + base64.urlsafe_b64encode(body * 2).decode(),
        "junk behind": "1" + base64.urlsafe_b64encode(body + b"\x00" * 50).decode(),
        "not compressed": "1" + base64.urlsafe_b64encode(whole.encode()).decode(),
        "a dictionary": "1" + base64.urlsafe_b64encode(_with_dictionary(whole.encode())).decode().rstrip("="),
        "gzip": "1" + base64.urlsafe_b64encode(_gzip(whole.encode())).decode().rstrip("="),
        "a wrong checksum": "1" + base64.urlsafe_b64encode(body[:-4] + b"abcd").decode(),
        "a bomb of spaces": packed(b" " * 8_000_000),
        "a bomb of brackets": packed(b"[" * 8_000_000),
        "a bomb behind a document": packed(whole + " " * 1_000_000),
        "a bomb in a bomb": packed(zlib.compress(zlib.compress(b" " * 10**7))),
        "UTF-16": packed(whole.encode("utf-16")),
        "Latin-1": packed('{"version":1,"dataset":{"kind":"mööns"}}'.encode("latin-1")),
        "half a character": packed(whole.encode() + b"\xc3"),
        "a mark of the byte order": packed("\ufeff" + whole),
    }
    return {f"link: {name}": text for name, text in raw.items()} | {f"content: {name}": packed(text) for name, text in files().items()}


def race_links() -> dict[str, str]:
    """Return links that carry no race."""
    races = {
        "steps": json.dumps(RACE | {"steps": 10**9}),
        "no racers": json.dumps(RACE | {"racers": []}),
        "nine racers": json.dumps(RACE | {"racers": [RACER] * 9}),
        "a start far out": json.dumps(RACE | {"start": [1e300, 0]}),
        "a start of one": json.dumps(RACE | {"start": [1]}),
        "a surface of losses": json.dumps(RACE | {"surface": {"kind": "hinge"}}),
        "NaN": json.dumps(RACE | {"noise": float("nan")}),
        "infinite": json.dumps(RACE | {"noise": float("inf")}),
        "rate": with_racer(learning_rate=-1),
        "label": with_racer(label="a\nb"),
        "start": with_racer(start=[1]),
        "optimizer": with_racer(optimizer={"kind": "lbfgs"}),
        "deep": with_racer(start=json.loads("[" * 300 + "]" * 300)),
        "an experiment": experiment(),
    }
    return {name: packed(text) for name, text in races.items()} | {
        "cut": GOOD_RACE[:-3],
        "version": "0" + GOOD_RACE[1:],
        "an experiment's link": GOOD,
        "bomb": packed(b"[" * 8_000_000),
    }


def view_links(view: type[View]) -> dict[str, str]:
    """Return links that carry no state of this view."""
    whole: dict[str, Any] = json.loads(view().to_json())
    good = link.encode(view())
    states: dict[str, dict[str, Any]] = {
        "another version": whole | {"version": 2},
        "no version": {name: value for name, value in whole.items() if name != "version"},
        "another view": whole | {"kind": "losses"},
        "no view": {name: value for name, value in whole.items() if name != "kind"},
        "a view of lists": whole | {"kind": [view.kind]},
        "an unknown name": whole | {"callback": "alert(1)"},
        "a name of Python": whole | {"__class__": "x"},
        "a name of 50,000": whole | {"x" * 50_000: 1},
        "5,000 names": whole | {f"{i}": 0 for i in range(4500)},
    }
    wrong: tuple[Any, ...] = (None, [[]], {"kind": "x"}, "\u0000", TEXTS[0].ljust(61), -1e300, json.loads("[" * 400 + "]" * 400), ["x"] * 5000, nested(200))
    for name, parameter in view.parameters().items():
        absent = isinstance(parameter, Optional)
        states |= {f"{name} {i}": whole | {name: value} for i, value in enumerate(wrong) if value is not None or not absent}
    return {name: packed(json.dumps(state)) for name, state in states.items()} | {
        "cut": good[:-3],
        "a format of another version": "2" + good[1:],
        "an experiment": GOOD,
        "a race": GOOD_RACE,
        "huge": "1" + "A" * 10**6,
        "a bomb": packed(b"[" * 8_000_000),
        "a bomb behind a state": packed(json.dumps(whole) + " " * 1_000_000),
        "NaN": packed(json.dumps(whole)[:-1] + ', "x": NaN}'),
        "nothing": "",
    }


def _with_dictionary(content: bytes) -> bytes:
    packer = zlib.compressobj(zdict=b'"kind"')
    return packer.compress(content) + packer.flush()


def _gzip(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(content) + packer.flush()
