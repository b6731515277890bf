"""`python -m tests.engine.regolden`: write the golden logs anew, after a deliberate change of order; say why in the commit."""

from __future__ import annotations

from tests.engine.decisions import FOLDER, cases


def main() -> None:
    """Write each log that differs, and say which."""
    for name, case in cases().items():
        path, log = FOLDER / f"{name}.log", case.log()
        if not path.exists() or path.read_text(encoding="utf-8") != log:
            path.write_text(log, encoding="utf-8")
            print(f"written: {path.name}")


if __name__ == "__main__":
    main()
