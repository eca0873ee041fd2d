"""The whole catalog as open files, and back: export, import, backup, restore. The format: docs/export.md."""
