"""Sphinx: strict, offline, English and Chinese. The pages of error codes are written from the catalogue first."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

import error_pages  # noqa: E402  (the folder of tools is put on the path above)

error_pages.write(HERE)

project = "Huitong"
author = "The Huitong authors"
copyright = "2026, The Huitong authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "spec/vectors/README.md"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
html_theme = "furo"
html_title = "Huitong"
html_copy_source = False
html_show_sphinx = False
nitpicky = True
suppress_warnings: list[str] = []
