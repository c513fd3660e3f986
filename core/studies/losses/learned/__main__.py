"""Learn the loss, tune its rivals, and write both to numbers.json: `python -m core.studies.losses.learned`. It takes about a minute."""

from __future__ import annotations

import json

from core.studies.losses.learned import PATH
from core.studies.losses.learned.training import EVOLUTION, SEED, trained, tuned
from core.training.threads import one_thread


def main() -> None:
    """Write the file."""
    with one_thread():
        made = {"seed": SEED, "generations": EVOLUTION.generations, "numbers": trained().round(9).tolist(), "rivals": tuned()}
    PATH.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
