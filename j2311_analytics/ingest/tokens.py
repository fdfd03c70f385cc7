"""Keyed hashes that stand in for member and patient ids.

A token meets its twin across 835s, claim exports and months, yet says nothing
about the person without the key, which never leaves the machine.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
import platformdirs
import pyarrow as pa
import pyarrow.compute as pc

from j2311_analytics.ingest.columns import each_of, long_lived

KEY_VARIABLE = "J2311_TOKEN_KEY"
_NOT_KEPT = re.compile(r"[^0-9A-Za-z]")
_SIZE = 16
# For each byte its two hexadecimal characters.
_HEXADECIMAL = np.frombuffer(bytes(range(256)).hex().encode(), np.uint16)


def member_token(member_id: str, *, key: bytes | None = None) -> str:
    """BLAKE2b-128 of the normalised member id, keyed; empty for an empty id.

    Args:
        member_id: As written; spaces, dashes and case do not matter.
        key: The key; the machine's own where not given.

    Returns:
        32 hexadecimal characters.

    Example:
        >>> member_token("abc-1", key=b"k") == member_token("ABC 1", key=b"k")
        True
    """
    normal = _NOT_KEPT.sub("", member_id).upper()
    return _hash("member", normal, key) if normal else ""


def member_tokens(members: pa.Array) -> pa.Array:
    """What `member_token` makes of each id, all at once; missing for a missing one.

    Args:
        members: Ids as written, of type `large_string`.

    Returns:
        Tokens, of type `large_string`, with the machine's own key.

    Example:
        >>> ids = pa.array(["abc-1", None], pa.large_string())
        >>> member_tokens(ids).to_pylist() == [member_token("ABC 1"), None]
        True
    """
    if members.null_count == len(members):
        return members
    encoded = pc.dictionary_encode(members, memory_pool=long_lived())
    normal = encoded.dictionary
    if not pc.all(pc.ascii_is_alnum(normal)).as_py():
        normal = pc.replace_substring_regex(normal, _NOT_KEPT.pattern, "")
    start = _start("member", token_key())
    digests = []
    for value in pc.ascii_upper(normal).cast(pa.large_binary()).to_pylist():
        begun = start.copy()
        begun.update(value)
        digests.append(begun.digest())
    text = _HEXADECIMAL.take(np.frombuffer(b"".join(digests), np.uint8))
    places = np.arange(0, 2 * _SIZE * len(digests) + 1, 2 * _SIZE)
    known = np.packbits(pc.not_equal(normal, "").to_numpy(zero_copy_only=False), bitorder="little")
    buffers = (pa.py_buffer(part) for part in (places, text, known))
    tokens = pa.LargeStringArray.from_buffers(len(digests), *buffers)
    return each_of(tokens, encoded.indices)


def patient_token(
    patient_id: str = "", name: str = "", birth_date: str = "", *, key: bytes | None = None
) -> str:
    """Keyed token of the practice's patient id, else of name and birth date.

    Returns:
        32 hexadecimal characters; empty where neither is known.

    Example:
        >>> patient_token("17", key=b"k") == patient_token("17", "Name", key=b"k")
        True
    """
    normal = _NOT_KEPT.sub("", patient_id).upper()
    if normal:
        return _hash("patient", normal, key)
    person = _NOT_KEPT.sub("", name).upper()
    birth = _NOT_KEPT.sub("", birth_date).upper()
    return _hash("person", f"{person}|{birth}", key) if person and birth else ""


@cache
def token_key() -> bytes:
    """The key, from `J2311_TOKEN_KEY` or from a private file made on first use.

    The file lies in the user's configuration folder, readable by the user alone.
    Moving it to another machine keeps tokens the same there.

    Example:
        >>> len(token_key()) > 0
        True
    """
    given = os.environ.get(KEY_VARIABLE, "")
    if given:
        return blake2b(given.encode(), digest_size=32).digest()
    return _key_from_file(Path(platformdirs.user_config_dir("j2311_analytics")) / "token.key")


def key_fingerprint() -> str:
    """What tells one key from another without telling the key.

    It is the token of fixed words, so it gives away no more than any token does.

    Example:
        >>> len(key_fingerprint())
        32
    """
    return _hash("fingerprint", "of this key", None)


def _key_from_file(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole, then linked: two first runs at once must agree on one key.
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def _hash(kind: str, value: str, key: bytes | None) -> str:
    begun = _start(kind, key or token_key()).copy()
    begun.update(value.encode())
    return begun.hexdigest()


@cache
def _start(kind: str, key: bytes) -> blake2b:
    """A hash that has taken the key and the kind; copies of it take the values."""
    return blake2b(f"{kind}:".encode(), digest_size=_SIZE, key=key)
