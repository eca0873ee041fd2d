"""The page about retrieval runs as written."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "retrieval.md"


def test_every_block_of_the_page_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {})
