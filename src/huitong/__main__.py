"""`python -m huitong` is the program."""

from huitong.cli import main

main()
