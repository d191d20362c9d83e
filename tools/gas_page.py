"""Write the tables of docs/spec/gas.md from the schedules. `python tools/gas_page.py` brings the page up to date."""

from pathlib import Path

from huitong.kernel import codebudget
from huitong.kernel import gas as kernel_gas
from huitong.modules.cryptography import module as cryptography
from huitong.vm.python import gas
from huitong.vm.python.nodes import Kind

PAGE = Path(__file__).parents[1] / "docs" / "spec" / "gas.md"
BEGIN = "<!-- the tables below are written by tools/gas_page.py -->\n"

KERNEL = (
    ("SIGNATURE", "each signature of a transaction"),
    ("BYTE", "each byte of a transaction"),
    ("CALL", "entry into a contract's frame"),
    ("DEPLOY_BYTE", "each byte of code kept in state"),
    ("LOAD_BYTE", "each counted byte of code beyond the free ones, at its first use in a block"),
    ("LIFE_STEP", "a step of a contract's life beside its deploy"),
    ("LIST_ROW", "each contract of a list"),
)
ENGINE = (
    ("FRAME", "a call of the contract from outside"),
    ("FRAME_NAME", "and each function, field and constant that it declares"),
    ("ENTRY", "entering a function"),
    ("TURN", "a turn of a loop or comprehension"),
    ("NATIVE", "`not`, `is`, a value of `ctx`"),
    ("ELEMENT", "a place in a new list or tuple, an element passed by"),
    ("ENTRY_OF_DICT", "a new entry of a dictionary"),
    ("VISIT", "a value visited in a comparison, check or copy"),
    ("INSTANCE", "a new record, event or error"),
    ("INSTANCE_FIELD", "and each of its fields"),
    ("PIECE", "a text or tuple made by what makes several"),
    ("SORT", "a sort, beside its steps"),
    ("KEY_CALL", "a call of a lambda"),
    ("FIXED", "a new fixed-point number; dates take two or three of it"),
    ("READ_COLD", "the first use of a storage key in a frame"),
    ("READ_WARM", "a later use"),
    ("READ_BYTE", "each byte of a value that is read"),
    ("READ_NESTED_BYTE", "and each of one that is a list, dict or record"),
    ("WRITE", "a write"),
    ("WRITE_AGAIN", "a write of a key that the frame has written since it last called another or listed rows"),
    ("WRITE_BYTE", "each byte of a value that is written"),
    ("SCAN", "asking for rows"),
    ("SCAN_ROW", "each row"),
    ("EVENT", "an event"),
    ("EVENT_BYTE", "each byte of it"),
    ("CALL", "a call of another contract or module, beside what that uses"),
    ("HASH", "a hash"),
    ("HASH_WORD", "each 32 bytes of it"),
    ("RETURN_BYTE", "each byte of a result"),
    ("DEPLOY_BASE", "validating and compiling a contract"),
    ("DEPLOY_BYTE", "each byte of its tree"),
    ("PREVIOUS_BYTE", "each byte of the tree that an upgrade replaces"),
)


def tables() -> str:
    """The part of the page that the schedules decide."""
    kernel = [f"| `{name}` | {meaning} | {getattr(kernel_gas, name):,} |" for name, meaning in KERNEL]
    engine = [f"| `{name}` | {meaning} | {getattr(gas, name):,} |" for name, meaning in ENGINE]
    nodes = [
        f"| {kind.name.lower().replace('_', ' ')} | {kind.value} | {gas.STATIC[kind]} |"
        for kind in Kind
        if kind in gas.STATIC
    ]
    free = (
        f"\nA block uses {codebudget.FREE_BYTES:,} counted bytes of different code for nothing; "
        f"a piece of code counts {codebudget.OVERHEAD_BYTES:,} more than its own bytes."
    )
    return "\n".join(
        [
            "## Charged by the kernel\n",
            "| name | for | gas |\n| --- | --- | --- |",
            *kernel,
            f"| `VERIFY_GAS` | `ctx.verify`, of any kind of key | {cryptography.VERIFY_GAS:,} |",
            f"| `HASH_GAS` | `ctx.hash` by the node (suite guomi) | {cryptography.HASH_GAS:,} |",
            free,
            f"\n## Charged by the Python engine, schedule {gas.SCHEDULE_VERSION}\n",
            "| name | for | gas |\n| --- | --- | --- |",
            *engine,
            "\n## Nodes of the tree\n",
            "Charged when the function, or the turn of a loop, that holds the node begins, run or not.\n",
            "| node | kind | gas |\n| --- | --- | --- |",
            *nodes,
            "",
        ]
    )


def main() -> None:
    """Write the page."""
    text = PAGE.read_text()
    PAGE.write_text(text[: text.index(BEGIN) + len(BEGIN)] + "\n" + tables())


if __name__ == "__main__":
    main()
