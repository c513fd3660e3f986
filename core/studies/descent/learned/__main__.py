"""Train the learned optimizer, tune Adam, and write both to numbers.json: `python -m core.studies.descent.learned`. It takes less than two minutes."""

from __future__ import annotations

import json

from core.studies.descent.learned import PATH
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.learned.training import EVOLUTION, SEED, reached, trained, tuned
from core.training.threads import one_thread


def main() -> None:
    """Write the file."""
    with one_thread():
        numbers = trained()
        made = {
            "seed": SEED, "generations": EVOLUTION.generations, "log_loss": round(reached(numbers), 6), "numbers": numbers.round(9).tolist(),
            "adam": {name: tuned(family) for name, family in FAMILIES.items()},
        }  # fmt: skip
    PATH.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(f"seed {made['seed']}: mean log loss {made['log_loss']} after 20 steps on problems that no training saw")


if __name__ == "__main__":
    main()
