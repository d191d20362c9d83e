"""Write docs/configuration.md anew from the settings of the code: .venv/bin/python tools/configuration_page.py."""

from pathlib import Path

import msgspec

from huitong.node.configuration import environment_name, load, text_of
from huitong.node.sections import Configuration

PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"
HEAD = """\
# Settings of a node

A node reads `node.toml` in its folder. Every key may be left out; the defaults suit one machine. A key or section that
is not known is refused, with the nearest name, and so is a value out of its bounds. There are no secrets in the file:
keys stand in files of their own, which only their owner may read.

```toml
[gateway]
port = 9641
names = ["node.hospital-a.example"]

[log]
level = "info"
```

A variable `HUITONG_<SECTION>_<KEY>` of the environment overrides a key of the file; options of `huitong dev` override
both.

```console
$ huitong config check --state DIR     # would a node start with it?
$ huitong config show gateway          # values in force, their meaning, and where each came from
$ huitong config diff                  # what is not the default
$ huitong node start --state DIR       # run the node in the foreground, as a service does
$ huitong node status --state DIR
$ huitong node stop --state DIR        # finish what was accepted, then end
```
"""


def page() -> str:
    """Text of the page."""
    settings = load(Path("node.toml that is not there"), {}).settings
    parts = [HEAD]
    for field in msgspec.structs.fields(Configuration):
        title, _, purpose = (field.type.__doc__ or "").partition(": ")
        purpose = purpose[:1].upper() + purpose[1:]
        parts.append(f"\n## {title}\n\n{purpose}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n")
        for item in settings:
            if item.section == field.name:
                unit = f" {item.unit}" if item.unit else ""
                variable = environment_name(item.section, item.key)
                meaning = f"{item.meaning} `{variable}`"
                parts.append(f"| `{item.key}` | {item.type} | {text_of(item.default)}{unit} | {meaning} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
