"""`python -m docent` is the `docent` command."""

from docent.cli import main

main()
