"""Directories that are made when they are first used."""

import os
from pathlib import Path


def takes_files(directory: Path) -> bool:
    """Tell whether this process could make a file in a directory, and the directory if need be.

    Raises:
        OSError: it cannot even be looked at.
    """
    path = directory.absolute()
    there = next(above for above in (path, *path.parents) if above.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
