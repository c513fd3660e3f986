"""What scripts share that record measures after some of their updates: the table, the JSON, and what runs when they are started."""

from __future__ import annotations

from core.export.parts import Part, text

#: that of a script whose `train()` returns the records, by update, and `drawn`, which `picture(drawn)` draws
ENDING = text(
    """
    def main():
        records, *trained = train()
        if "--json" in sys.argv:
            rows = [{"update": update, **measures} for update, measures in records.items()]
            print(json.dumps([{name: x if math.isfinite(x) else None for name, x in row.items()} for row in rows]))
        else:
            show(records)
            picture(*trained)


    if __name__ == "__main__":
        main()
    """
)


def show() -> Part:
    """Return the part that prints the measures as a table."""
    code = text(
        '''
        def show(records):
            """Print the measures after each recorded update."""
            print("update" + "".join(f"{name:>16}" for name in records[0]))
            for update, measures in records.items():
                print(f"{update:6d}" + "".join(f"{x:16.6g}" for x in measures.values()))
        '''
    )
    return Part("Table", code, ("import json", "import math", "import sys"))


def precision(dtype: str, chaos: str) -> list[str]:
    """Return the lines of a docstring that say what equality to expect. `chaos`: what becomes of roundings."""
    if dtype == "float64":
        return ["Start, rows and noise are drawn as in the dashboard, so nine digits are equal at first.", chaos]
    return [
        "Start, rows and noise are drawn as in the dashboard. Training is in single precision there and here, and each",
        "library rounds in its own way: expect six equal digits at first, and fewer with every update.", chaos,
    ]  # fmt: skip
