"""The minimum of a run's objective by scikit-learn, as a script: the same minimum by another way, where an estimator has it."""

from __future__ import annotations

from core.datasets import Table
from core.experiment import Experiment, Run
from core.export import data
from core.export.estimators import WHY_NOT, Estimator, estimator, penalty_of
from core.export.parts import Part, script, text
from core.export.pytorch import only
from core.export.sources import TABLE_FILE
from core.words import Said


def sklearn_script(experiment: Experiment, run: Run, *, table: Table | None = None) -> str:
    """Return a scikit-learn script that finds the minimum which a run of an experiment descends to, in double precision.

    With `--json` the last line that it prints is one JSON object: for "train", "validation" and "test" a list of one number, the run's own loss at the
    minimum, without the penalty. `table`: as in `pytorch_script`. Raise ValueError, with the reason, for a run whose minimum no estimator has.
    """
    alone = only(experiment, run)
    run = alone.runs[0]
    found = _found(alone)
    weighted = data.is_weighted(alone, run, table)
    parts = [
        Part("", imports=("import json", "import sys", *found.imports)), *data.parts(alone, run, table, torch=False, in_notebook=False),
        Part("", constants=(*_constants(run, found), 'SPLITS = ("train", "validation", "test")')), _fit(found, weighted), _evaluate(found, weighted),
    ]  # fmt: skip
    return script(_doc(alone), parts, _ENDING)


def _doc(alone: Experiment) -> str:
    run = alone.runs[0]
    penalty = "" if penalty_of(run) == "none" else f" with the penalty {run.penalty.short_title}"
    lines = [
        f"{alone.dataset.short_title}, {alone.model.short_title}: the same minimum by another way.", "",
        f"It minimises the loss {run.loss.short_title}{penalty}.",
        "It needs numpy and scikit-learn. It prints the loss at the minimum that this run of Lossbench descends to;",
        "with --json its last line is the same as JSON.",
    ]  # fmt: skip
    if alone.dataset.brought:
        lines.append(f"The rows are in {TABLE_FILE}, which is in the download of the PyTorch script.")
    return "\n".join(lines) + "\n"


def _found(alone: Experiment) -> Estimator:
    """Return the estimator of a run. Raise ValueError with the reason if there is none."""
    run, optimizer = alone.runs[0], alone.runs[0].optimizer
    if alone.model.widths:
        raise ValueError(Said("a network has many minima, and its training finds one of them: choose the linear model for one that scikit-learn has"))
    if run.max_norm:
        raise ValueError(Said("no estimator of scikit-learn has a max-norm: set it to 0"))
    if getattr(optimizer, "weight_decay", 0) or getattr(optimizer, "lambd", 0):
        said = Said(
            "{optimizer} decays the parameters by itself, which moves its end away from the minimum: set its decay to 0, and take the penalty L2",
            optimizer=Said(optimizer.short_title),
        )
        raise ValueError(said)
    if getattr(run.loss, "label_smoothing", 0):
        raise ValueError(Said("scikit-learn smooths no labels: set the label smoothing to 0"))
    found = estimator(run)
    if found is None:
        if run.loss.kind in WHY_NOT:
            raise ValueError(WHY_NOT[run.loss.kind])
        said = Said(
            "no estimator of scikit-learn has the minimum of the loss {loss} with the penalty {penalty}",
            loss=Said(run.loss.title), penalty=Said(run.penalty.title),
        )  # fmt: skip
        raise ValueError(said)
    return found


def _constants(run: Run, found: Estimator) -> list[str]:
    penalty = penalty_of(run)
    lines = [] if penalty == "none" else [f"STRENGTH = {getattr(run.penalty, 'strength')!r}  # of the penalty on the weights; biases have none"]  # noqa: B009
    lines += [f"{name.upper()} = {getattr(run.loss, name)!r}" for name in run.loss.parameters() if name.upper() in found.made + found.loss]
    return lines + ([f"L1_RATIO = {getattr(run.penalty, 'l1_ratio')!r}"] if penalty == "both" else [])  # noqa: B009


def _fit(found: Estimator, weighted: bool) -> Part:
    """Return the part with `fit`, which returns weights and biases."""
    weights, given = (", weights", ", sample_weight=weights") if weighted else ("", "")
    named = found.made + found.remark
    head = [f"total{', K' if 'K' in named else ''} = {'weights.sum()' if weighted else 'len(X)'}{', targets.shape[1]' if 'K' in named else ''}"]
    if "total" not in named:
        head = ["K = targets.shape[1]"] if "K" in found.made else []
    if found.of_classes:
        ending = [
            f"model = {found.made}", f"model.fit(X, targets.argmax(axis=1){given})", "if len(model.coef_) == 1:  # two classes",
            "    return np.outer(model.coef_[0], [-0.5, 0.5]), np.outer(model.intercept_, [-0.5, 0.5])[0]",
            "return model.coef_.T, model.intercept_",
        ]  # fmt: skip
    else:
        ending = [
            "models = []", f"for column in {found.seen}.T:", f"    model = {found.made}", f"    models.append(model.fit(X, column{given}))",
            "return np.column_stack([model.coef_.ravel() for model in models]), np.hstack([model.intercept_ for model in models])",
        ]  # fmt: skip
    code = text(
        '''
        def fit(X, targets<weights>):
            """Return the weights (D, K) and biases (K,) of the minimum."""
            <head>
            <remark>
            <ending>
        ''',
        weights=weights, head="\n".join(head), remark=found.remark, ending="\n".join(ending),
    )  # fmt: skip
    return Part("Minimum", code, ("import numpy as np",))


def _evaluate(found: Estimator, weighted: bool) -> Part:
    code = text(
        '''
        def evaluate(minimum, data):
            """Return the loss of each split, without the penalty."""
            losses = {}
            for name, (X, targets<weights>) in data.items():
                scores = X @ minimum[0] + minimum[1]
                of_<what> = <loss>
                losses[name] = float(np.average(of_<what><mean><given>))
            return losses
        ''',
        weights=", weights" if weighted else "", loss=found.loss, given=", weights=weights" if weighted else "",
        what="rows" if found.of_classes else "elements", mean="" if found.of_classes else ".mean(axis=1)",
    )  # fmt: skip
    return Part("Loss", code)


_ENDING = text(
    """
    def main():
        data = prepare()
        losses = evaluate(fit(*data["train"]), data)
        if "--json" in sys.argv:
            print(json.dumps({name: [losses[name]] for name in SPLITS}))
        else:
            for name in SPLITS:
                print(f"{name:>10} {losses[name]:.9g}")


    if __name__ == "__main__":
        main()
    """
)
