"""Write the pages of what the language refuses, one per reason, from the table. `python tools/refusal_pages.py`."""

from pathlib import Path

from huitong.vm.python.refusals import REFUSALS, Refusal, example_of
from huitong.vm.python.source import check_source

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "language" / "refused"
MAX_LINES = 14


def _shown(example: str) -> str:
    """An example as a page shows it: declarations first, cut where it is long."""
    body, _, declared = example.removeprefix("#!").partition("\n---\n")
    lines = [f"{line[:100]} ..." if len(line) > 104 else line for line in body.splitlines()]
    lines = [*declared.splitlines(), "", *lines] if declared else lines
    return "\n".join(lines if len(lines) <= MAX_LINES else [*lines[:2], "..."])


def page(entry: Refusal) -> str:
    """Text of one page."""
    parts = [f"# {entry.title}", "", entry.why, ""]
    if entry.bad:
        first = check_source(example_of(entry.bad))[0]
        parts += ["Refused:", "", "```text", _shown(entry.bad), "```", ""]
        parts += [f"HT{entry.code:d}: {first.reason}{'; ' if first.instead else ''}{first.instead}", ""]
        parts += ["Write instead:", "", "```text", _shown(entry.good), "```", ""]
    parts += [f"Code: HT{entry.code:d}. Back to [what is refused](index.md)."]
    return "\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Text of each page by file name."""
    found = {f"{entry.topic}.md": page(entry) for entry in REFUSALS}
    rows = "\n".join(f"| [{entry.title}]({entry.topic}.md) | HT{entry.code:d} | {entry.why} |" for entry in REFUSALS)
    head = "`huitong contract check FILE` names the line, the reason and what to write instead."
    names = "\n".join(entry.topic for entry in REFUSALS)
    table = f"| what | code | why |\n| --- | --- | --- |\n{rows}"
    toc = f"```{{toctree}}\n:hidden:\n\n{names}\n```"
    found["index.md"] = f"# What is refused\n\n{head}\n\n{table}\n\n{toc}\n"
    return found


def write(folder: Path) -> None:
    """Write all pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER)
