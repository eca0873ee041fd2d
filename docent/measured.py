"""Docent as the benchmark of erasing drives it: one workspace, with a model if one is prepared, else hashed words."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docent import erasing
from docent.app import Docent
from docent.settings import read_settings
from retrieval.embedder import Embedder, HashingEmbedder
from retrieval.errors import EncoderMissing, ModelUnusable
from retrieval.export import open_default


class Measured(Docent):
    """A Docent that says where its files are and erases without asking."""

    @property
    def state_folder(self) -> Path:
        """Where everything it makes is kept."""
        return self.settings.state_folder

    def bring_up(self) -> None:
        """Read all sources and make the index, with what is there."""
        self.index(prepare_model=False)

    def talk(self, question: str, viewer: str | None) -> None:
        """Ask and search."""
        self.ask(question, viewer)
        self.search(question, viewer)

    def encoder(self) -> Embedder:
        """The model that the index is made with."""
        return self._open_model(open_default)

    def erase(self, names: Sequence[str], leave: Sequence[str] = ()) -> erasing.EraseReport:
        """Erase for good; `leave`: steps of cleaning left out."""
        return erasing.run(self, erasing.find(self, names), leave=leave)

    def _open_model(self, opener: Callable[[Path], Embedder]) -> Embedder:
        try:
            return super()._open_model(opener)
        except (EncoderMissing, ModelUnusable):
            return HashingEmbedder(384)


def open_measured(root: Path, environ: Mapping[str, str] = os.environ) -> Measured:
    """Open the workspace at `root`."""
    return Measured(read_settings(root, environ))
