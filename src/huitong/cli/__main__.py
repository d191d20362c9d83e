"""`python -m huitong.cli` is the program."""

from huitong.cli import main

main()
