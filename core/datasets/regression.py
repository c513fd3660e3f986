"""Made regression data: curves over one feature, and tables with known structure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets.base import DATASETS, Array, Dataset, Table
from core.datasets.tabular import output_table
from core.datasets.toy import noise_parameter, seed_parameter, size_parameter
from core.parameters import Interval, integer, real
from core.tasks import REGRESSION

_NOISE = "Standard deviation of what is added to the target."


@DATASETS.add("line")
@dataclass(frozen=True)
class Line(Dataset):
    """y = intercept + slope x + noise, x uniform in [-1, 1]."""

    rows: int = size_parameter(100)
    slope: float = real(3.0, -5.0, 5.0, hard="[-1e6, 1e6]", doc="Slope of the true line.")
    intercept: float = real(2.0, -5.0, 5.0, hard="[-1e6, 1e6]", doc="Height of the true line at x = 0.")
    noise: float = noise_parameter(0.5, 3.0, _NOISE)
    seed: int = seed_parameter()

    task = REGRESSION
    title = "Line with noise"
    summary = "One feature and a straight line, with noise: the fit can be seen whole."
    formula = r"y = b + a x + \varepsilon"
    reference = "made"

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        x = rng.uniform(-1, 1, self.rows)
        return output_table(x[:, None], self.intercept + self.slope * x + rng.normal(0, self.noise, self.rows))


@DATASETS.add("sine")
@dataclass(frozen=True)
class Sine(Dataset):
    """y = sin(2 pi periods x) + noise, x uniform in [0, 1]."""

    rows: int = size_parameter(100)
    periods: float = real(1.5, 0.5, 4.0, hard="(0, 100]", doc="How many periods lie between x = 0 and x = 1.")
    noise: float = noise_parameter(0.2, 1.0, _NOISE)
    seed: int = seed_parameter()

    task = REGRESSION
    title = "Sine with noise"
    summary = "One feature and a wave, with noise: a line underfits it, a large network can overfit it."
    formula = r"y = \sin(2\pi n x) + \varepsilon"
    reference = "Bishop, Pattern Recognition and Machine Learning, chapter 1, 2006"

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        x = rng.uniform(0, 1, self.rows)
        return output_table(x[:, None], self.curve(x) + rng.normal(0, self.noise, self.rows))

    def curve(self, x: Array) -> Array:
        """Return the target without noise at x (N,)."""
        return np.sin(2 * np.pi * self.periods * x)


def _mean_of(x: Array, intercept: float, slope: float) -> Array:
    """Return exp(intercept + slope x)."""
    return np.exp(intercept + slope * x)


def _intercept_parameter() -> float:
    """Declare the logarithm of the target's mean at x = 0."""
    return real(1.0, -1.0, 3.0, hard="[-10, 10]", symbol="a", doc="Logarithm of the target's mean at x = 0.")


def _growth_parameter() -> float:
    """Declare the slope of the logarithm of the target's mean."""
    return real(
        2.0, -3.0, 3.0, hard="[-10, 10]", symbol="b", doc="Slope of the logarithm of the target's mean: the mean grows by the factor exp(b) where x grows by 1."
    )


@DATASETS.add("counts")
@dataclass(frozen=True)
class Counts(Dataset):
    """y ~ Poisson(exp(intercept + slope x)), x uniform in [-1, 1]."""

    rows: int = size_parameter()
    intercept: float = _intercept_parameter()
    slope: float = _growth_parameter()
    seed: int = seed_parameter()

    task = REGRESSION
    target_domain = Interval.parse("[0, inf)")
    title = "Counts"
    summary = "One feature and whole numbers from 0 on, whose mean grows by a factor and whose noise grows with it."
    formula = r"y \sim \operatorname{Poisson}(e^{a + b x})"
    reference = "Nelder and Wedderburn, Generalized Linear Models, JRSS A 135, 1972"

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        x = rng.uniform(-1, 1, self.rows)
        return output_table(x[:, None], rng.poisson(_mean_of(x, self.intercept, self.slope)))


@DATASETS.add("costs")
@dataclass(frozen=True)
class Costs(Dataset):
    """y = exp(intercept + slope x) times a gamma variable of mean 1 and variance `dispersion`, x uniform in [-1, 1]."""

    rows: int = size_parameter()
    intercept: float = _intercept_parameter()
    slope: float = _growth_parameter()
    dispersion: float = real(0.5, 0.05, 2.0, log=True, hard="[0.001, 4]", symbol=r"\phi", doc="Variance of the target over the square of its mean.")
    seed: int = seed_parameter()

    task = REGRESSION
    target_domain = Interval.parse("(0, inf)")
    title = "Costs"
    summary = "One feature and positive, skewed amounts whose noise is proportional to their mean."
    formula = r"y = e^{a + b x}\,g,\quad g \sim \operatorname{Gamma}(1/\phi,\ \phi)"
    reference = "McCullagh and Nelder, Generalized Linear Models, chapter 8, 1989"

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        x = rng.uniform(-1, 1, self.rows)
        return output_table(x[:, None], _mean_of(x, self.intercept, self.slope) * rng.gamma(1 / self.dispersion, self.dispersion, self.rows))


@DATASETS.add("friedman1")
@dataclass(frozen=True)
class Friedman1(Dataset):
    """scikit-learn's `make_friedman1`: only the first five features matter."""

    rows: int = size_parameter()
    columns: int = integer(10, 5, 50, hard="[5, 200]", doc="Number of features, of which five matter.")
    noise: float = noise_parameter(1.0, 5.0, _NOISE)
    seed: int = seed_parameter()

    task = REGRESSION
    title = "Friedman 1"
    summary = "A curved function of five features among others that do not matter."
    formula = r"y = 10\sin(\pi x_1 x_2) + 20(x_3 - \tfrac12)^2 + 10 x_4 + 5 x_5 + \varepsilon"
    reference = "Friedman, Multivariate Adaptive Regression Splines, Annals of Statistics 19, 1991"

    def load(self) -> Table:
        from sklearn.datasets import make_friedman1

        return output_table(*make_friedman1(self.rows, self.columns, noise=self.noise, random_state=self.seed))


@DATASETS.add("make_regression")
@dataclass(frozen=True)
class MakeRegression(Dataset):
    """scikit-learn's `make_regression`."""

    rows: int = size_parameter()
    columns: int = integer(20, 1, 100, hard="[1, 200]", doc="Number of features.")
    informative: int = integer(5, 1, 100, hard="[1, 200]", doc="How many of them the target depends on.")
    outputs: int = integer(1, 1, 5, hard="[1, 10]", doc="Number of targets that are predicted at once.")
    noise: float = noise_parameter(10.0, 50.0, _NOISE)
    seed: int = seed_parameter()

    task = REGRESSION
    title = "Linear, mostly irrelevant features"
    summary = "A linear target of a few among many features: what L1 is for."
    formula = r"y = X w + \varepsilon"
    reference = "scikit-learn, sklearn.datasets.make_regression"

    def load(self) -> Table:
        X, y, _ = self._made()
        return output_table(X, y)

    def coefficients(self) -> Array:
        """Return the true coefficients (columns, outputs), most of them 0."""
        return np.asarray(self._made()[2], float).reshape(self.columns, self.outputs)

    def _made(self) -> tuple[Array, Array, Array]:
        from sklearn.datasets import make_regression

        informative = min(self.informative, self.columns)
        return make_regression(self.rows, self.columns, n_informative=informative, n_targets=self.outputs, noise=self.noise, coef=True, random_state=self.seed)
