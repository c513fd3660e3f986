"""Worlds of cells: a start, a goal, walls, and cliff cells that send back to the start (`Grid`); and the same as tables (`Maze`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, integer, integers, real
from core.words import Said

Array = NDArray[Any]

#: cells along the longest side; cell number c is in row c // MOST and column c % MOST, so that a world that grows keeps its cells
MOST = 12
#: the actions: rows go down, columns to the right
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
ARROWS = ("↑", "→", "↓", "←")
#: what a cell can be made into
EMPTY, CLIFF, WALL, START, GOAL = "empty", "cliff", "wall", "start", "goal"


_NUMBERED = f"By number: {MOST} times the row plus the column."


def _cells(default: tuple[int, ...], doc: str) -> Any:
    return integers(default, 0, MOST * MOST - 1, hard=f"[0, {MOST * MOST - 1}]", longest=MOST * MOST, doc=f"{doc} {_NUMBERED}")


def _cell(default: int, doc: str) -> Any:
    return integer(default, 0, MOST * MOST - 1, hard=f"[0, {MOST * MOST - 1}]", doc=f"{doc} {_NUMBERED}")


@dataclass(frozen=True)
class Grid(Declared):
    """A world of up to 12 x 12 cells; by default the cliff of R. S. Sutton and A. G. Barto, 2018, example 6.6.

    A step against a wall or the edge stays where it is. A step into the cliff costs `cliff_reward` and leads to the start; the episode goes on.
    Cells beyond the sides do not count. Start and goal are neither wall nor cliff, whatever the lists say.
    """

    rows: int = integer(4, 2, MOST, hard=f"[2, {MOST}]", label="Rows", doc="Rows of the world.")
    columns: int = integer(12, 2, MOST, hard=f"[2, {MOST}]", label="Columns", doc="Columns of the world.")
    start: int = _cell(36, "Where an episode begins.")
    goal: int = _cell(47, "Where an episode ends.")
    cliff: tuple[int, ...] = _cells(tuple(range(37, 47)), "Cells that send back to the start.")
    walls: tuple[int, ...] = _cells((), "Cells that nobody can enter.")
    step_reward: float = real(-1.0, -5.0, 0.0, step=0.5, hard="[-1000, 0]", label="A step", doc="The reward of every step that is no fall.")
    cliff_reward: float = real(-100.0, -200.0, 0.0, step=10.0, hard="[-1000, 0]", label="A fall", doc="The reward of a step into the cliff.")
    goal_reward: float = real(0.0, 0.0, 100.0, step=5.0, hard="[-1000, 1000]", label="The goal", doc="What the step into the goal brings besides.")

    def inside(self, cell: int) -> bool:
        """Return whether a cell number is one of the world."""
        return cell // MOST < self.rows and cell % MOST < self.columns

    def check(self) -> None:
        """Raise ValueError, with a `Said`, if no episode can begin, or none can end."""
        for what, cell in ((Said("start"), self.start), (Said("goal"), self.goal)):
            if not self.inside(cell):
                raise ValueError(Said("the {what} lies outside of the world: set it anew, or make the world larger", what=what))
        if self.start == self.goal:
            raise ValueError(Said("start and goal are one cell: set one of them elsewhere"))
        if not np.isfinite(maze(self).steps_to_goal[maze(self).start]):
            raise ValueError(Said("no way leads from the start to the goal: take a wall or a cliff cell away"))

    def made(self, cell: int, into: str) -> Grid:
        """Return the world with a cell made into something: `EMPTY`, `CLIFF`, `WALL`, `START` or `GOAL`. What is there already is taken away."""
        cliff, walls = (tuple(each for each in cells if each != cell) for cells in (self.cliff, self.walls))
        match into:
            case "start":
                return replace(self, cliff=cliff, walls=walls, start=cell, goal=self.start if cell == self.goal else self.goal)
            case "goal":
                return replace(self, cliff=cliff, walls=walls, goal=cell, start=self.goal if cell == self.start else self.start)
            case "cliff" if cell not in (*self.cliff, self.start, self.goal):
                return replace(self, cliff=(*cliff, cell), walls=walls)
            case "wall" if cell not in (*self.walls, self.start, self.goal):
                return replace(self, cliff=cliff, walls=(*walls, cell))
        return replace(self, cliff=cliff, walls=walls)


@dataclass(frozen=True, eq=False)
class Maze:
    """A world as tables over its cells, row by row. `after` (C, 4): the next cell. `rewards` (C, 4). `is_wall`, `is_cliff` (C,).

    `steps_to_goal` (C,): steps of the shortest way that never falls; infinite where there is none.
    """

    shape: tuple[int, int]
    start: int
    goal: int
    after: Array
    rewards: Array
    is_wall: Array
    is_cliff: Array
    steps_to_goal: Array

    @property
    def nbytes(self) -> int:
        """Bytes of the tables."""
        return self.after.nbytes + self.rewards.nbytes + self.steps_to_goal.nbytes

    @property
    def cells(self) -> int:
        """The number of cells C."""
        return self.shape[0] * self.shape[1]

    @property
    def stands(self) -> Array:
        """The cells (K,) that an agent can stand in before an episode's end: no wall, no cliff, not the goal, and with a way to the goal."""
        free = ~self.is_wall & ~self.is_cliff & np.isfinite(self.steps_to_goal)
        free[self.goal] = False
        return np.flatnonzero(free)


@lru_cache(maxsize=64)
def maze(grid: Grid) -> Maze:
    """Return the tables of a world. Start and goal have to lie inside."""
    rows, columns = grid.rows, grid.columns

    def place(cell: int) -> int:
        return (cell // MOST) * columns + cell % MOST

    start, goal = place(grid.start), place(grid.goal)
    is_wall, is_cliff = (np.zeros(rows * columns, bool) for _ in range(2))
    for mask, cells in ((is_wall, grid.walls), (is_cliff, grid.cliff)):
        mask[[place(cell) for cell in cells if grid.inside(cell) and cell not in (grid.start, grid.goal)]] = True
    is_cliff &= ~is_wall
    after = np.empty((rows * columns, 4), np.intp)
    for cell in range(rows * columns):
        for action, (down, right) in enumerate(MOVES):
            row, column = min(max(cell // columns + down, 0), rows - 1), min(max(cell % columns + right, 0), columns - 1)
            target = row * columns + column
            after[cell, action] = cell if is_wall[target] else target
    falls = is_cliff[after]
    rewards = np.where(falls, grid.cliff_reward, grid.step_reward) + np.where(after == goal, grid.goal_reward, 0.0)
    steps = _steps_to(goal, after, falls, is_wall | is_cliff)
    return Maze((rows, columns), start, goal, np.where(falls, start, after), rewards, is_wall, is_cliff, steps)


def _steps_to(goal: int, after: Array, falls: Array, closed: Array) -> Array:
    """Return the steps (C,) of the shortest way to the goal from each cell, by as many sweeps as the longest of them has steps."""
    steps = np.full(len(after), np.inf)
    steps[goal] = 0
    while True:
        shorter = np.minimum(steps, np.where(falls, np.inf, 1 + steps[after]).min(axis=1))
        shorter[closed] = np.inf
        if np.array_equal(shorter, steps):
            return steps
        steps = shorter


def greedy_path(maze: Maze, q: Array) -> tuple[list[int], bool, float]:
    """Return the cells of the greedy path of action values (C, 4) from the start, whether it arrives at the goal, and its return.

    It ends where it comes to a cell again, from where it would go round for ever, and where all actions are worth the same, so that nobody knows further.
    """
    cells, total = [maze.start], 0.0
    while True:
        at = cells[-1]
        if np.ptp(q[at]) == 0:
            return cells, False, float("-inf")
        action = int(np.argmax(q[at]))
        total += float(maze.rewards[at, action])
        cells.append(int(maze.after[at, action]))
        if cells[-1] == maze.goal:
            return cells, True, total
        if cells[-1] in cells[:-1]:
            return cells, False, float("-inf")


#: the field of the advantage: 5 x 5 cells from corner to corner
FIELD = Grid(rows=5, columns=5, start=0, goal=4 * MOST + 4, cliff=())
