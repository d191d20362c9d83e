"""Texts of a range of codes."""

from huitong.types.catalogue import Entry
from huitong.types.codes import Code

ENTRIES: dict[Code, Entry] = {}
