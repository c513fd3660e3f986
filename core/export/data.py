"""The data of a run as text: the rows, their split, damage, scaling and weights, as `core.preparation` makes them."""

from __future__ import annotations

from core.class_weights import ClassWeights
from core.datasets import Table
from core.experiment import Experiment, Run
from core.export.parts import Part, listed, text
from core.export.sources import Source, n_rows, source
from core.preparation.resampling import NONE, OVERSAMPLE, UNDERSAMPLE
from core.tasks import CLASSIFICATION, LOG


def parts(experiment: Experiment, run: Run, table: Table | None, *, torch: bool, in_notebook: bool) -> list[Part]:
    """Return the parts that end with `prepare`, which returns the arrays of each split; `torch`: as tensors. `experiment` has the one run."""
    found, classes = source(experiment.dataset, table, in_notebook), experiment.dataset.task == CLASSIFICATION
    returned = ["features X (N, D)", "the class y (N,) of each row" if classes else "targets y (N, K)"] + ["sample weights (N,)"] * found.weighted
    rows = text(
        '''
        def load_rows():
            """Return <returned>."""
            <lines>
        ''',
        returned=listed(returned), lines="\n".join(found.lines),
    )  # fmt: skip
    made = [Part("Rows", rows, ("import numpy as np", *found.imports), found.constants), _split(experiment)]
    made += [part for part in (_left_out(experiment), _noise(experiment), _wrong_targets(experiment)) if part]
    if classes and is_weighted(experiment, run, table):
        made.append(_row_weights(experiment, run, found.weighted))
    return [*made, _prepare(experiment, run, found, table, torch)]


def is_weighted(experiment: Experiment, run: Run, table: Table | None) -> bool:
    """Return whether rows count differently."""
    of_classes = run.class_weights.kind != "none" or run.resampling != NONE
    return (experiment.dataset.task == CLASSIFICATION and of_classes) or (table is not None and table.sample_weights is not None)


def may_be_empty(experiment: Experiment, run: Run, table: Table | None) -> bool:
    """Return whether all rows of a batch may have weight 0."""
    of_classes = 0 in getattr(run.class_weights, "values", ()) or run.resampling == UNDERSAMPLE or experiment.corruption.wrong_labels > 0
    of_rows = table is not None and table.sample_weights is not None and bool((table.sample_weights == 0).any())
    return of_rows or (experiment.dataset.task == CLASSIFICATION and of_classes)


def may_be_one_batch(experiment: Experiment, table: Table | None) -> bool:
    """Return whether a batch may hold all training rows."""
    damage, rows = experiment.corruption, n_rows(experiment.dataset, table)
    training = rows * (1 - experiment.validation_share - experiment.test_share) * damage.training_share
    return damage.rarest < 1 or experiment.batch_size > 0.9 * training  # shares are rounded


def _split(experiment: Experiment) -> Part:
    classes = experiment.dataset.task == CLASSIFICATION
    code = text(
        '''
        def split_rows(y):
            """Return the numbers of the training, validation and test rows<alike>."""
            n_validation, n_test = round(len(y) * VALIDATION_SHARE), round(len(y) * TEST_SHARE)
            rest, test = train_test_split(np.arange(len(y)), test_size=n_test, random_state=SPLIT_SEED<first>)
            train, validation = train_test_split(rest, test_size=n_validation, random_state=SPLIT_SEED<second>)
            return {"train": train, "validation": validation, "test": test}
        ''',
        alike="; every class is split alike" if classes else "", first=", stratify=y" if classes else "", second=", stratify=y[rest]" if classes else "",
    )  # fmt: skip
    shares = f"VALIDATION_SHARE, TEST_SHARE = {experiment.validation_share!r}, {experiment.test_share!r}"
    damaged = ", and their damage" if experiment.corruption.damages(experiment.dataset.task) else ""
    seed = f"SPLIT_SEED = {experiment.split_seed}  # rules which rows train{damaged}"
    return Part("Split", code, ("from sklearn.model_selection import train_test_split",), (seed, shares))


def _damaged(experiment: Experiment, lines: str) -> str:
    """Return lines about the rows `rows[name]` for each split that is damaged: in a loop, or for the training rows alone."""
    if not experiment.corruption.everywhere:
        return text(lines).replace("rows[name]", 'rows["train"]')
    return text("for name in SPLITS:\n    <lines>", lines=text(lines))


def _left_out(experiment: Experiment) -> Part | None:
    """Return the part that leaves rows out: of the rarest class, and of the training rows."""
    damage, classes = experiment.corruption, experiment.dataset.task == CLASSIFICATION
    blocks, constants = [], []
    if classes and damage.rarest < 1:
        constants.append(f"RAREST = {damage.rarest!r}  # rows of the rarest class for each row of the most frequent one")
        blocks.append(
            text(
                """
                counts = np.bincount(y[rows["train"]])
                rare = max(np.flatnonzero(counts), key=lambda c: (-counts[c], c))
                place = np.random.default_rng([SPLIT_SEED, 3]).permutation(len(y))
                <lines>
                """,
                lines=_damaged(
                    experiment,
                    """
                    of_class = rows[name][y[rows[name]] == rare]
                    kept = max(1, round(RAREST * np.bincount(y[rows[name]]).max()))
                    rows[name] = np.setdiff1d(rows[name], of_class[np.argsort(place[of_class])][kept:], assume_unique=True)
                    """,
                ),
            )
        )
    if damage.training_share < 1:
        constants.append(f"TRAINING_SHARE = {damage.training_share!r}  # of the training rows that are kept")
        block = """
            train = rows["train"]
            place = np.random.default_rng([SPLIT_SEED, 4]).permutation(len(y))
            for of_class in [train[y[train] == c] for c in np.unique(y[train])]:
                kept = max(1, round(TRAINING_SHARE * len(of_class)))
                train = np.setdiff1d(train, of_class[np.argsort(place[of_class])][kept:], assume_unique=True)
            rows["train"] = train
            """
        of_numbers = """
            train = rows["train"]
            place = np.random.default_rng([SPLIT_SEED, 4]).permutation(len(y))
            kept = max(2, round(TRAINING_SHARE * len(train)))
            rows["train"] = np.setdiff1d(train, train[np.argsort(place[train])][kept:], assume_unique=True)
            """
        blocks.append(text(block if classes else of_numbers))
    if not blocks:
        return None
    code = text(
        '''
        def leave_out(rows, y):
            """Return the numbers of the rows of each split without those that are left out."""
            <blocks>
            return rows
        ''',
        blocks="\n".join(blocks),
    )
    return Part("Rows left out", code, (), tuple(constants))


def _noise(experiment: Experiment) -> Part | None:
    if not experiment.corruption.feature_noise:
        return None
    code = text(
        '''
        def add_noise(X, rows):
            """Return the features with normal noise, in units of each feature's spread in the training rows."""
            spread = FEATURE_NOISE * X[rows["train"]].std(axis=0)
            noise = spread * np.random.default_rng([SPLIT_SEED, 5]).standard_normal(X.shape)
            noisy = X.astype(float)
            <lines>
            return noisy
        ''',
        lines=_damaged(experiment, "noisy[rows[name]] += noise[rows[name]]"),
    )
    return Part("Noise", code, (), (f"FEATURE_NOISE = {experiment.corruption.feature_noise!r}",))


def _wrong_targets(experiment: Experiment) -> Part | None:
    damage, task = experiment.corruption, experiment.dataset.task
    if not damage.share(task):
        return None
    constants: tuple[str, ...]
    if task == CLASSIFICATION:
        constants = (f"WRONG_LABELS = {damage.wrong_labels!r}  # share of the rows that get another class",)
        move = "other = (y + np.random.default_rng([SPLIT_SEED, 6]).integers(1, y.max() + 1, len(y))) % (y.max() + 1)"
        share, put = "WRONG_LABELS", "damaged[wrong] = other[wrong]"
    else:
        constants = (
            f"OUTLIERS = {damage.outliers!r}  # share of the rows whose target is moved up",
            f"OUTLIER_SIZE = {damage.outlier_size!r}  # in standard deviations of the training targets",
        )
        move, share, put = 'far = OUTLIER_SIZE * y[rows["train"]].std(axis=0)', "OUTLIERS", "damaged[wrong] += far"
    code = text(
        '''
        def damage(y, rows):
            """Return the targets, some of them wrong."""
            place = np.random.default_rng([SPLIT_SEED, 2]).permutation(len(y))
            <move>
            damaged = y.copy()
            <lines>
            return damaged
        ''',
        move=move, lines=_damaged(experiment, f"wrong = rows[name][np.argsort(place[rows[name]])][: round({share} * len(rows[name]))]\n{put}"),
    )  # fmt: skip
    return Part("Damage", code, (), constants)


def _row_weights(experiment: Experiment, run: Run, weighted: bool) -> Part:
    """Return the part that says how much each row counts: draws, class weights, and sample weights."""
    imports: list[str] = []
    constants: list[str] = []
    lines: list[str] = []
    factors = ["sample_weights"] if weighted else []
    counts = "np.bincount(y[train], minlength=n_classes)"
    if run.resampling != NONE:
        imports.append("from sklearn.utils import resample")
        counts = "np.bincount(y[train], draws[train], n_classes)"
        over = run.resampling == OVERSAMPLE
        lines += text(
            """
            # A row that is drawn k times counts k times, so that batches stay those of other runs.
            draws = np.ones(len(y))
            by_class = [train[y[train] == c] for c in np.unique(y[train])]
            size = <extreme>(map(len, by_class))
            for of_class in by_class:
                <body>
            """,
            extreme="max" if over else "min",
            body="missing = size - len(of_class)\nif missing:\n    np.add.at(draws, resample(of_class, n_samples=missing, random_state=SPLIT_SEED), 1)"
            if over
            else "draws[of_class] = 0\ndraws[resample(of_class, n_samples=size, replace=False, random_state=SPLIT_SEED)] = 1",
        ).split("\n")
        factors.append("draws")
    if run.class_weights.kind != "none":
        of_class, constants = _class_weights(run.class_weights, counts, experiment.corruption.wrong_labels > 0)
        lines += of_class
        factors.append("of_class[y]")
    code = text(
        '''
        def row_weights(y, train, n_classes<others>):
            """Return how much each row (N,) counts in the loss."""
            <lines>
            return <product>
        ''',
        product=" * ".join(factors), others=", sample_weights" if weighted else "", lines="\n".join(lines),
    )  # fmt: skip
    return Part("Weights of the rows", code, tuple(imports), tuple(constants))


def _class_weights(weights: ClassWeights, counts: str, some_empty: bool) -> tuple[list[str], list[str]]:
    """Return the lines that make `of_class` (K,), and constants. `some_empty`: a class may have no training rows; it then has weight 0."""
    empty = ["# A class without training rows has weight 0."] * some_empty
    match weights.kind:
        case "balanced":
            quotient = "counts.sum() / (n_classes * counts)"
            if some_empty:
                quotient = "np.divide(counts.sum(), n_classes * counts, out=np.zeros(n_classes), where=counts > 0)"
            return [f"counts = {counts}", *empty, f"of_class = {quotient}"], []
        case "effective_number":
            quotient = "(1 - CLASS_BETA) / (1 - CLASS_BETA**counts)"
            if some_empty:
                quotient = "np.divide(1 - CLASS_BETA, 1 - CLASS_BETA**counts, out=np.zeros(n_classes), where=counts > 0)"
            lines = [f"counts = {counts}", *empty, f"inverse = {quotient}", "of_class = inverse * n_classes / inverse.sum()"]
            return lines, [f"CLASS_BETA = {getattr(weights, 'beta')!r}  # of the effective number of samples"]  # noqa: B009
        case "manual":
            values = tuple(getattr(weights, "values"))  # noqa: B009
            lines = ["of_class = np.ones(n_classes)  # classes beyond the list have weight 1", "of_class[: len(CLASS_WEIGHTS)] = CLASS_WEIGHTS"]
            return lines, [f"CLASS_WEIGHTS = {values!r}"]
        case other:
            raise ValueError(f"write down the class weights {other} in core/export/data.py")


def _prepare(experiment: Experiment, run: Run, found: Source, table: Table | None, torch: bool) -> Part:
    """Return the part with `prepare`."""
    classes, damage = experiment.dataset.task == CLASSIFICATION, experiment.corruption
    weighted = is_weighted(experiment, run, table)
    imports = ["from sklearn.preprocessing import StandardScaler"]
    lines = ["X, y, sample_weights = load_rows()" if found.weighted else "X, y = load_rows()"]
    lines.append("rows = leave_out(split_rows(y), y)" if _left_out(experiment) else "rows = split_rows(y)")
    if classes:
        lines.append("n_classes = y.max() + 1")
    if found.fill_in:
        imports.append("from sklearn.impute import SimpleImputer")
        lines += [
            "# Missing numbers become the median of the training rows.",
            'imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(X[rows["train"]])',
            "X = imputer.transform(X)",
        ]
    if damage.feature_noise:
        lines.append("X = add_noise(X, rows)")
    if damage.share(experiment.dataset.task):
        lines.append("y = damage(y, rows)")
    lines.append('scaler = StandardScaler().fit(X[rows["train"]])')
    if classes:
        lines.append("targets = np.eye(n_classes)[y]")
    elif run.loss.link == LOG:
        lines += ["# The scores are logarithms of targets in units of the training mean.", 'mean = y[rows["train"]].mean(axis=0)']
        lines.append("targets = y / np.where(mean > 0, mean, 1)")
    else:
        lines.append('targets = StandardScaler().fit(y[rows["train"]]).transform(y)')
    arrays = ["scaler.transform(X)", "targets"]
    if weighted:
        own = ", sample_weights" if found.weighted else ""
        arrays.append(f'row_weights(y, rows["train"], n_classes{own})' if classes else "sample_weights")
    lines.append(f"arrays = {', '.join(arrays)}")
    each = "torch.tensor(array[of_split], dtype=DTYPE)" if torch else "array[of_split]"
    lines.append(f"return {{name: [{each} for array in arrays] for name, of_split in rows.items()}}")
    returned = ["features (n, D)", "one-hot targets (n, K)" if classes else "targets (n, K)"] + ["weights (n,)"] * weighted
    code = text(
        '''
        def prepare():
            """Return <returned> of each split, scaled by the training rows."""
            <lines>
        ''',
        returned=listed(returned), lines="\n".join(lines),
    )  # fmt: skip
    return Part("Scaling", code, tuple(imports), ())
