"""The loop of a training as text, and what it calls: batches, dropout, the mean over rows, penalties."""

from __future__ import annotations

from dataclasses import dataclass

from core.datasets import Table
from core.experiment import Experiment, Run
from core.export import data
from core.export.parts import Part, text
from core.penalties import Penalty


def dropped() -> Part:
    """Return the part with the scores of a batch under dropout."""
    code = text(
        '''
        def scores_with_dropout(model, X, step):
            """Return the scores of a batch in update number `step`, from 1, without the hidden units that are left out."""
            # Drawn by numpy, so that the units are the dashboard's; torch.nn.Dropout would leave out others.
            draws = np.random.default_rng([SEED, 2, step]).random((len(X), sum(HIDDEN)))
            masks = torch.tensor((draws >= DROPOUT) / (1 - DROPOUT), dtype=DTYPE).split(HIDDEN, dim=1)
            for i, mask in enumerate(masks):
                X = model[2 * i + 1](model[2 * i](X)) * mask
            return model[-1](X)
        '''
    )
    return Part("Dropout", code)


def batches(may_be_one: bool) -> Part:
    """Return the part with `batches`. `may_be_one`: one batch may hold all rows, which then stay in their order."""
    code = text(
        '''
        def batches(n, epoch):
            """Return the rows of each batch of an epoch. Their order is drawn anew from the seed and the epoch."""
            <whole>
            order = np.random.default_rng([SEED, 1, epoch]).permutation(n)
            return np.split(order, range(BATCH_SIZE, n, BATCH_SIZE))
        ''',
        whole="if n <= BATCH_SIZE:\n    return [np.arange(n)]" if may_be_one else "",
    )
    return Part("Batches", code)


@dataclass(frozen=True)
class Loop:
    """The loop of the training, and what it needs of the run."""

    alone: Experiment
    run: Run
    weighted: bool
    learned: bool
    scheduled: bool
    making: str

    @property
    def drops(self) -> bool:
        """Whether hidden units are left out."""
        return bool(self.run.dropout and self.alone.model.widths)

    @property
    def _of(self) -> str:
        """The argument that carries a loss that learns."""
        return "loss_of, " if self.learned else ""

    def evaluation(self, table: Table | None) -> Part:
        """Return the part with the mean over rows, and the loss of each split."""
        arguments = f"{self._of}scores, targets" + (", weights" if self.weighted else "")
        empty = data.may_be_empty(self.alone, self.run, table)
        total = "(weights.sum() or 1)" if empty else "weights.sum()"
        loss = "loss_of(scores, targets)"
        mean = [f"return {loss}.mean()"]
        if self.weighted:
            mean = ["# PyTorch, too, divides by the sum of the weights of the rows that are present."]
            mean += ["# In a batch these may all be 0."] * empty
            mean.append(f"return (weights * {loss}).sum() / {total}")
        code = text(
            '''
            def mean_loss(<arguments>):
                """Return the <kind> of the rows' losses<penalty>."""
                <mean>


            @torch.no_grad()
            def evaluate(model, <of>data):
                """Return the loss of each split."""
                return {name: float(mean_loss(<of>model(X), *others)) for name, (X, *others) in data.items()}
            ''',
            arguments=arguments, kind="weighted mean" if self.weighted else "mean",
            penalty="" if self.run.penalty.kind == "none" else ", without the penalty", mean="\n".join(mean), of=self._of,
        )  # fmt: skip
        return Part("Mean loss", code)

    def training(self) -> Part:
        """Return the part with `train`."""
        run = self.run
        code = text(
            '''
            def train(data):
                """Return the model, and the losses before the first update and after each epoch, until the training ends."""
                <unpack> = data["train"]
                model = make_model(X.shape[1], targets.shape[1])
                <before>
                optimizer = <making>
                <counters>
                curve = [evaluate(model, <of>data)]
                <best>
                for <number> in range(EPOCHS):
                    <epoch>
                    curve.append(evaluate(model, <of>data))
                    <after>
                <ending>
                return model, curve
            ''',
            unpack="X, targets, weights" if self.weighted else "X, targets", before="\n".join(self._before()), making=self._making(), of=self._of,
            counters="\n".join(self._counters()),
            number="epoch" if self.alone.batch_size or run.patience or self._counts_steps else "_",
            epoch="\n".join(self._epoch()), after="\n".join(self._after()),
            best='best_loss, best_epoch, best_weights = curve[0]["validation"], 0, copy.deepcopy(model.state_dict())' if run.patience else "",
            ending="model.load_state_dict(best_weights)  # those of the lowest validation loss" if run.patience else "",
        )  # fmt: skip
        imports = ["import math", *(["import copy"] if run.patience else [])]
        return Part("Training", code, tuple(imports))

    @property
    def _counts_steps(self) -> bool:
        return self.scheduled or self.drops

    def _before(self) -> list[str]:
        """Return the lines that name the parameters."""
        decays = "weight_decay" in self.run.optimizer.parameters()
        lines = ["loss_of = AdaptiveRobust()"] if self.learned else []
        if self.learned and (self.run.clip_norm or not decays):
            lines.append("parameters = [*model.parameters(), *loss_of.parameters()]")
        elif self.run.clip_norm:
            lines.append("parameters = list(model.parameters())")
        if self.learned and decays:
            lines.append("# What the loss learns does not decay.")
            lines.append('groups = [{"params": list(model.parameters())}, {"params": list(loss_of.parameters()), "weight_decay": 0.0}]')
        if self.run.penalty.kind != "none" or self.run.max_norm:
            lines.append("weight_matrices = [p for p in model.parameters() if p.ndim == 2]  # without the biases")
        return lines

    def _making(self) -> str:
        """Return the expression that makes the optimizer."""
        decays = self.learned and "weight_decay" in self.run.optimizer.parameters()
        given = "groups" if decays else "parameters" if self.learned or self.run.clip_norm else "model.parameters()"
        return self.making.replace("(parameters,", f"({given},")

    def _counters(self) -> list[str]:
        """Return the line that begins to count updates; at full batch epochs are counted anyway."""
        if not self._counts_steps or not self.alone.batch_size:
            return []
        return ["step, steps = 0, EPOCHS * math.ceil(len(X) / BATCH_SIZE)"] if self.scheduled else ["step = 0"]

    def _epoch(self) -> list[str]:
        """Return the lines of an epoch: its updates."""
        lines = self._update()
        if not self.alone.batch_size:
            return lines
        return ["for rows in batches(len(X), epoch):", *(f"    {line}" if line else "" for line in lines)]

    def _update(self) -> list[str]:
        """Return the lines of an update."""
        run, rows = self.run, "[rows]" if self.alone.batch_size else ""
        lines = []
        whole = not self.alone.batch_size
        if self.scheduled:
            lines += ["# The rate changes with every update; PyTorch's schedulers are mostly used once an epoch."] * (not whole)
            lines.append(f"rate = LEARNING_RATE * factor({'epoch / EPOCHS' if whole else 'step / steps'})")
            lines += ["for group in optimizer.param_groups:", '    group["lr"] = rate']
        if self._counts_steps and not whole:
            lines.append("step += 1")
        scores = f"scores_with_dropout(model, X{rows}, {'epoch + 1' if whole else 'step'})" if self.drops else f"model(X{rows})"
        weights = f", weights{rows}" if self.weighted else ""
        penalty = _penalty(run.penalty)
        lines += [f"objective = mean_loss({self._of}{scores}, targets{rows}{weights})", *penalty]
        lines += ["optimizer.zero_grad()", "objective.backward()"]
        if run.clip_norm:
            lines.append("torch.nn.utils.clip_grad_norm_(parameters, CLIP_NORM)")
        lines.append("optimizer.step()")
        if run.penalty.has_proximal or run.max_norm:
            inside = _proximal(run.penalty, "rate" if self.scheduled else "LEARNING_RATE")
            if run.max_norm:
                inside.append("weight.mul_((MAX_NORM / weight.norm(dim=1, keepdim=True)).clamp(max=1))  # a row leads into one unit")
            lines += ["with torch.no_grad():", "    for weight in weight_matrices:", *(f"        {line}" for line in inside)]
        return lines

    def _after(self) -> list[str]:
        """Return the lines after an epoch: divergence and patience."""
        lines = [
            'if not curve[-1]["train"] <= 1e6 * max(curve[0]["train"], 1e-6):  # diverged',
            "    curve[-1] = dict.fromkeys(SPLITS, math.nan)",
            "    break",
        ]
        if self.run.patience:
            lines += [
                'if curve[-1]["validation"] < best_loss:',
                '    best_loss, best_epoch = curve[-1]["validation"], epoch + 1',
                "    best_weights = copy.deepcopy(model.state_dict())",
                "if epoch + 1 - best_epoch >= PATIENCE:",
                "    break",
            ]
        return lines


def _penalty(penalty: Penalty) -> list[str]:
    """Return the lines that add the penalty to the objective."""
    match penalty.kind:
        case "none" | "l1_proximal" | "elastic_net_proximal":
            return []
        case "l1":
            return ["objective = objective + STRENGTH * sum(w.abs().sum() for w in weight_matrices)"]
        case "l2":
            return ["objective = objective + STRENGTH / 2 * sum(w.square().sum() for w in weight_matrices)"]
        case "elastic_net":
            return [
                "l1 = sum(w.abs().sum() for w in weight_matrices)", "l2 = sum(w.square().sum() for w in weight_matrices)",
                "objective = objective + STRENGTH * (L1_RATIO * l1 + (1 - L1_RATIO) / 2 * l2)",
            ]  # fmt: skip
        case other:
            raise ValueError(f"write down the penalty {other} in core/export/loop.py")


def _proximal(penalty: Penalty, rate: str) -> list[str]:
    """Return the lines of the proximal step of one weight matrix."""
    if penalty.kind == "l1_proximal":
        return [f"weight.copy_(torch.nn.functional.softshrink(weight, {rate} * STRENGTH))"]
    if penalty.kind == "elastic_net_proximal":
        return [
            f"shrunk = torch.nn.functional.softshrink(weight, {rate} * STRENGTH * L1_RATIO)",
            f"weight.copy_(shrunk / (1 + {rate} * STRENGTH * (1 - L1_RATIO)))",
        ]
    return []
