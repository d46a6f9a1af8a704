"""Bytes of an asset, decoded: what they really are. The only package that knows Pillow and PyAV.

No verdict lives here. Whatever the bytes are, the answer is a `Decoded` or a `Broken`, never an exception, and
never more work than a short clip takes. Two decisions worth knowing. "Broken" (a file cut off, two files in
one) and "unknown" (a format without a decoder here) are told apart: only the first is a lie. And only decoders
that are named here ever see the bytes: those that a library would choose by itself include ones that start
programs (PostScript), open further files (playlists) or listen on the network (SDP).
"""

import hashlib
from collections import OrderedDict
from typing import Final

from generations_contract.media.clips import clip
from generations_contract.media.facts import Broken, Decoded, content_type, format_name, served_as
from generations_contract.media.pictures import picture
from generations_contract.media.similarity import Difference, difference
from generations_contract.media.structure import container, crumbled, cut_off, stranger, unknown

__all__ = [
    "Broken",
    "Decoded",
    "Difference",
    "content_type",
    "decode",
    "difference",
    "format_name",
    "served_as",
]


# Findings that are remembered: the same asset is downloaded more than once, and decoding is most of the work.
REMEMBERED: Final = 512
_found: OrderedDict[bytes, Decoded | Broken] = OrderedDict()


def decode(data: bytes) -> Decoded | Broken:
    """What the bytes are; of the same bytes it is found out once. Never raises."""
    digest = hashlib.blake2b(data, digest_size=32).digest()
    known = _found.get(digest)
    if known is None:
        known = _found[digest] = _decode(data)
        if len(_found) > REMEMBERED:
            _found.popitem(last=False)
    return known


def _decode(data: bytes) -> Decoded | Broken:
    if not data:
        return Broken("no bytes")
    if crumbled(data):
        return Broken("a picture in more pieces than it needs")
    found = picture(data)
    if found is None and unknown(data):
        return Broken("a format without a decoder here", unknown=True)
    if found is None and (holder := container(data)):
        found = clip(data, holder)
    if found is None:
        return Broken("neither picture nor video")
    return found if isinstance(found, Broken) else _whole(data, found)


def _whole(data: bytes, found: Decoded) -> Decoded | Broken:
    """What was found, unless the file is not whole, or another one hides in it."""
    if cut_off(data, found.format):
        return Broken(f"{found.format} that is cut off")
    other = stranger(data, found.format)
    return Broken(f"{found.format} with {other} in it") if other else found
