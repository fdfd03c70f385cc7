"""A file as text, for readers that leave the decoding to their caller."""

from __future__ import annotations

from pathlib import Path


def text_of(path: Path) -> str:
    """UTF-8 without its byte order mark, else Latin-1, which fits any byte."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
