"""Docent: cited answers about a company's data. `from docent import Docent` is the public Python API."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from docent.app import Docent

__all__ = ["Docent", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the API on first use, so that `docent --version` stays instant."""
    if name == "Docent":
        from docent.app import Docent

        return Docent
    raise AttributeError(f"module 'docent' has no attribute '{name}'")
