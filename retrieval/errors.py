"""The errors of this package. Owns the tree below; raises nothing itself.

RetrievalError
├── GenerationUnusable      the index folder is missing, foreign, damaged or from another format: rebuild it
├── EncoderMissing          a model, or the packages needed to make one, are not installed
├── ModelUnusable           a model folder is there but is not what it says it is
├── VectorStoreUnusable     the durable vector store cannot be opened, or is held by another process
└── BenchDataUnreadable     a file of questions and tables is not in the expected form
"""

from catalog.errors import DocentError


class RetrievalError(DocentError):
    """Any failure of this package; the message says what failed, on which thing, and what to do next."""

    exit_code = 5


class GenerationUnusable(RetrievalError):
    """The index folder is missing, damaged, foreign or in another format; rebuilding it is always safe."""


class EncoderMissing(RetrievalError):
    """No sentence encoder is available; search still works on words alone."""


class ModelUnusable(RetrievalError):
    """A model folder is incomplete or its contents are not the ones that were verified."""


class VectorStoreUnusable(RetrievalError):
    """The durable vector store is locked by another process or cannot be opened."""


class BenchDataUnreadable(RetrievalError):
    """A bench file is not JSON of tables and questions."""
