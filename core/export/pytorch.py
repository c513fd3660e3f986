"""A run as a PyTorch script, or as the cells of a notebook: the same parts, put together for the one or the other."""

from __future__ import annotations

from core.datasets import Table
from core.datasets.own import Own
from core.experiment import Experiment, Run
from core.export import data, losses, networks, rules
from core.export.loop import Loop, batches, dropped
from core.export.parts import Part, cells, listed, script, text
from core.export.sources import TABLE_FILE
from core.models import Model
from core.words import Said

#: rules that step by signs, so that a rounding may turn a step around
_BY_SIGNS = ("sign_descent", "lion", "rprop")


def pytorch_script(experiment: Experiment, run: Run, *, table: Table | None = None) -> str:
    """Return a run of an experiment as a PyTorch script that trains it from its first seed, and prints the loss of each epoch.

    With `--json` the last line that it prints is one JSON object: the losses of "train", "validation" and "test" at each epoch from 0 on, until the
    training ends; those that are not finite are null. In float64 they are those of `core.train` to 1e-9.
    `table`: the rows of somebody's own data, which the script then reads from `table.npz` beside it; `bundle` has both.
    Raise ValueError if `run` is none of the experiment's runs, and for an item that has no text yet.
    """
    alone = only(experiment, run)
    parts = _parts(alone, table, in_notebook=False)
    return script(_doc(alone), [Part("", imports=("import json", "import math", "import sys")), *parts, _show(in_notebook=False)], _ENDING)


def notebook(experiment: Experiment, run: Run, *, table: Table | None = None) -> str:
    """Return the same parts as the cells of a notebook: the JSON of nbformat 4.5. Raise ValueError as `pytorch_script` does."""
    alone = only(experiment, run)
    heading, _, rest = _doc(alone, in_notebook=True).partition("\n")
    parts = [*_parts(alone, table, in_notebook=True), _show(in_notebook=True)]
    return cells(f"# {heading}\n{rest}", parts, "model, curve = train(prepare())\nshow(curve)")


def only(experiment: Experiment, run: Run) -> Experiment:
    """Return the run as an experiment of this run alone. Raise ValueError if it is none of the experiment's."""
    if run not in experiment.runs:
        raise ValueError(Said("the run is none of the experiment’s runs: export one of these"))
    return experiment.alone(experiment.runs.index(run))


_ENDING = text(
    """
    def main():
        _, curve = train(prepare())
        if "--json" in sys.argv:
            finite = [{name: loss if math.isfinite(loss) else None for name, loss in losses.items()} for losses in curve]
            print(json.dumps({name: [losses[name] for losses in finite] for name in SPLITS}))
        else:
            show(curve)


    if __name__ == "__main__":
        main()
    """
)


def _doc(alone: Experiment, in_notebook: bool = False) -> str:
    """Return the docstring: what is trained, what it needs, and what precision to expect."""
    run = alone.runs[0]
    lines = [f"{alone.dataset.short_title}, {alone.model.short_title}: a run of Lossbench in PyTorch.", ""]
    lines.append(f"It minimises the loss {run.loss.short_title} by {run.optimizer.short_title}.")
    lines.append("It needs numpy, scikit-learn and torch; matplotlib draws the curve where it is installed.")
    if not in_notebook:
        lines.append("It prints the loss of each epoch as a table; with --json its last line is the same as JSON.")
    if isinstance(alone.dataset, Own):
        lines.append(f"The rows are in {TABLE_FILE}, which is in the same download.")
    by_signs = run.optimizer.kind in _BY_SIGNS
    if alone.dtype == "float64":
        lines.append("The losses are those of the dashboard to nine digits: split, weights and batches are drawn as there.")
        if by_signs:
            lines.append("The rule steps by signs: where a gradient is 0 but for rounding, a step may turn around.")
    else:
        lines.append("Split, weights and batches are drawn as in the dashboard. Training is in single precision there and here, and")
        lines.append("each library rounds in its own way: expect six equal digits at first, and fewer with every epoch.")
        if by_signs:
            lines.append("This rule steps by signs, which rounding may turn around: its curves may soon part.")
        else:
            lines.append("With float64 in both, nine digits are equal.")
    return "\n".join(lines) + ("" if in_notebook else "\n")


def _parts(alone: Experiment, table: Table | None, in_notebook: bool) -> list[Part]:
    """Return all parts up to `train`."""
    run, model = alone.runs[0], alone.model
    ruled = ["the initial weights", *["the order of the rows"] * bool(alone.batch_size), *["the units left out"] * bool(run.dropout and model.widths)]
    seed = f"SEED = {alone.first_seed}  # rules {listed(ruled)}"
    shape = (f"HIDDEN = {model.widths!r}",) if model.widths else ()
    lengths = (f"EPOCHS = {alone.epochs}", *([f"BATCH_SIZE = {alone.batch_size}"] if alone.batch_size else []))
    precision = (f"DTYPE = torch.{alone.dtype}", 'SPLITS = ("train", "validation", "test")')
    making, rule = rules.optimizer(run.optimizer, run.schedule.kind == "constant")
    schedule, loss = rules.schedule(run.schedule), losses.part(run.loss)
    constants = (*shape, *lengths, f"LEARNING_RATE = {run.learning_rate!r}", *loss.constants, *_settings(run, model), *precision)
    loop = Loop(alone, run, data.is_weighted(alone, run, table), bool(run.loss.learned), schedule is not None, making)
    parts = [
        Part("Constants", imports=("import torch",), constants=(seed,)),
        *data.parts(alone, run, table, torch=True, in_notebook=in_notebook),
        Part("", constants=constants), _model(model), *([dropped()] if loop.drops else []), loss, *([schedule] if schedule else []),
        *([rule] if rule else []), loop.evaluation(table), *([batches(data.may_be_one_batch(alone, table))] if alone.batch_size else []), loop.training(),
    ]  # fmt: skip
    return [*parts, Part("", constants=("", "torch.set_default_dtype(DTYPE)"))]


def _settings(run: Run, model: Model) -> list[str]:
    """Return the constants of what a run has besides loss, optimizer and schedule."""
    penalty, strength = run.penalty, getattr(run.penalty, "strength", None)
    lines = [] if strength is None else [f"STRENGTH = {strength!r}  # of the penalty on the weights; biases have none"]
    if "l1_ratio" in penalty.parameters():
        lines.append(f"L1_RATIO = {getattr(penalty, 'l1_ratio')!r}")  # noqa: B009
    named = {"DROPOUT": run.dropout if model.widths else 0, "MAX_NORM": run.max_norm, "CLIP_NORM": run.clip_norm, "PATIENCE": run.patience}
    return lines + [f"{name} = {value!r}" for name, value in named.items() if value]


def _model(model: Model) -> Part:
    """Return the part with `make_model`."""
    if not model.widths:
        code = text(
            '''
            def make_model(n_features, n_outputs):
                """Return a linear model: weights uniform about 0 with Glorot's variance; biases 0."""
                <comment>
                bound = np.sqrt(6 / (n_features + n_outputs))
                weights = bound * np.random.default_rng([SEED, 0]).uniform(-1, 1, (n_features, n_outputs))
                model = torch.nn.Linear(n_features, n_outputs)
                with torch.no_grad():
                    model.weight.copy_(torch.tensor(weights.T))
                    model.bias.zero_()
                return model
            ''',
            comment=networks.COMMENT,
        )
        return Part("Model", code, ("import numpy as np", "import torch"))
    code = text(
        '''
        def make_model(n_features, n_outputs):
            """Return the network: weights uniform about 0 with <variance>; biases 0."""
            <comment>
            rng = np.random.default_rng([SEED, 0])
            <layers>
        ''',
        comment=networks.COMMENT, variance=networks.variance_of([model.nonlinearity]),
        layers=networks.layers("(n_features, *HIDDEN, n_outputs)", "len(HIDDEN)", model.nonlinearity),
    )  # fmt: skip
    return Part("Model", code, networks.IMPORTS)


def _show(in_notebook: bool) -> Part:
    """Return the part that prints and draws the curve."""
    code = text(
        '''
        def show(curve):
            """Print the loss of each epoch, and draw it where matplotlib is installed."""
            print("epoch" + "".join(f"{name:>14}" for name in SPLITS))
            for epoch, losses in enumerate(curve):
                print(f"{epoch:5d}" + "".join(f"{losses[name]:14.6g}" for name in SPLITS))
            try:
                import matplotlib.pyplot as plt
            except ImportError:
                return
            for name in SPLITS:
                plt.plot([losses[name] for losses in curve], label=name)
            plt.xlabel("epoch")
            plt.ylabel("loss")
            plt.legend()
            <end>
        ''',
        end="plt.show()" if in_notebook else 'plt.savefig("loss.png")\nprint("The curve is in loss.png.")',
    )
    return Part("Curve", code)
