"""Secrets: replaced at the moment of recording, kept nowhere but here.

A `Vault` knows the API keys of the target and learns the signatures of media URLs as they pass. What leaves
`conceal` is safe to print; `reveal` turns a concealed URL back, and only the client calls it, when it sends.
Tokens are the same for the same secret and the same keys, so that "the same signature" can still be seen.
"""

import base64
import hashlib
import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from itertools import groupby, takewhile
from urllib.parse import quote

from generations_contract.wire import url_secrets

_ESCAPE = re.compile(rb"\\(?:/|u00([0-9a-f]{2}))", re.IGNORECASE)
_GUESSABLE = (url_secrets.guessable, url_secrets.guessable_segment)
_TOKEN = re.compile(r"REDACTED-[0-9a-f]{12}")
# Shorter secrets would be found everywhere; the reference gateway's are longer.
_SHORTEST_KEY = 6
# The newest are kept: who downloads does so soon, and a run of hours sees a new one with every poll.
_KEPT_SIGNATURES = 20_000
# What the probes of auth show for a key gives it away as well, unless it is a mere prefix like "sk-test-".
_SHORTEST_PART = 12
# Texts and bodies without a secret that are remembered as such: their length, their number.
_LONGEST_KEPT, _LONGEST_CLEAN, _MOST_KEPT = 120, 1_000, 4096
# What lies between two quotes, whichever belong together.
_BETWEEN_QUOTES = re.compile(rb'(?<=")[^"]+(?=")')


class Vault:
    """Replaces the keys of a target and the signatures of URLs; `keys` maps labels to API keys.

    `variables` maps the same labels to names: a key is replaced by `$NAME`.
    """

    def __init__(self, keys: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self._salt = _salt(keys)
        self._signatures: OrderedDict[str, str] = OrderedDict()
        self._seen: dict[str, str] = {}
        self._clean: dict[bytes, None] = {}
        self._names: dict[bytes, bytes] = {}
        self._whole: set[bytes] = set()
        self._ids: set[bytes] = set()
        self._keys: re.Pattern[bytes] | None = None
        self._parts: re.Pattern[bytes] | None = None
        for label, key in keys.items():
            self.learn(key, variables.get(label, label))

    def learn(self, key: str, variable: str) -> None:
        """From now on replace this key too, and what is nearly it, by `$variable`."""
        self._seen.clear()
        self._clean.clear()
        name = b"$" + variable.encode()
        nearly = (key.swapcase(), key[:-1], key[: len(key) // 2])
        for part in (key, *(part for part in nearly if len(part) >= _SHORTEST_PART)):
            self._names = dict.fromkeys(_spellings(part), name) | self._names
        self._whole |= _spellings(key)
        self._keys, self._parts = _any_of(self._whole), _any_of(self._names)

    @property
    def shortest(self) -> int:
        """The length of the shortest spelling of a key: what is shorter holds none."""
        return min(map(len, self._whole), default=1)

    def leaks(self, data: bytes) -> bool:
        """Whether a whole key stands in the data: as it is, percent-encoded or in base64."""
        return bool(self._keys and self._keys.search(data))

    def conceal(self, data: bytes) -> bytes:
        """The data with keys, what nearly is one, and URL signatures replaced."""
        if data in self._clean:
            return data
        told = data
        if self._parts and self._parts.search(told):
            told = self._parts.sub(lambda found: self._names[found.group()], told)
        for needs, pattern in url_secrets.NAMED:
            if any(each in told for each in needs):
                told = pattern.sub(self._token, told)
        for (needs, pattern), guessable in zip(url_secrets.UNNAMED, _GUESSABLE, strict=True):
            if any(each in told for each in needs):
                told = pattern.sub(partial(self._unless, guessable, _Quoted(told)), told)
        # Polls are answered with the same bytes again and again; those with a secret in them are not kept.
        if told == data and len(data) <= _LONGEST_CLEAN:
            if len(self._clean) >= _MOST_KEPT:
                self._clean.clear()
            self._clean[data] = None
        return told

    def conceal_text(self, text: str) -> str:
        """`conceal` for text; what no UTF-8 can say (a lone surrogate) survives as it was."""
        known = self._seen.get(text)
        if known is not None:
            return known
        told = self.conceal(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        # Most texts are headers that come again and again; those with a secret in them are not kept.
        if told == text and len(text) <= _LONGEST_KEPT and len(self._seen) < _MOST_KEPT:
            self._seen[text] = told
        return told

    def reveal(self, url: str) -> str:
        """A concealed URL with its signatures put back."""
        return _TOKEN.sub(lambda found: self._signatures.get(found.group(), found.group()), url)

    def _unless(self, guessable: Callable[[bytes], bool], whole: "_Quoted", found: re.Match[bytes]) -> bytes:
        """The token of what was found, unless people can guess it, or it is an id that the answer names as such."""
        value = found[2]
        if value in self._ids or value in whole:
            if len(self._ids) < _MOST_KEPT:
                self._ids.add(value)
            return found.group()
        return (
            found.group()
            if guessable(value) or _TOKEN.search(value.decode("latin-1"))
            else self._token(found)
        )

    def _token(self, found: re.Match[bytes]) -> bytes:
        name, value = found.groups()
        # The signature itself, however it was escaped: one signature has one token.
        value = _ESCAPE.sub(lambda one: bytes.fromhex(one[1].decode()) if one[1] else b"/", value)
        if _TOKEN.fullmatch(value.decode("utf-8", "surrogateescape")) or url_secrets.is_told(name, value):
            return found.group()
        token = "REDACTED-" + hashlib.blake2b(value, key=self._salt, digest_size=6).hexdigest()
        self._signatures[token] = value.decode("utf-8", "surrogateescape")
        if len(self._signatures) > _KEPT_SIGNATURES:
            self._signatures.popitem(last=False)
        return name + token.encode()


class _Quoted:
    """What stands between two quotes of a text; looked for once, when it is first asked for."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole

    def __contains__(self, value: bytes) -> bool:
        return value in self._found

    @cached_property
    def _found(self) -> frozenset[bytes]:
        return frozenset(_BETWEEN_QUOTES.findall(self._whole))


def _salt(keys: Mapping[str, str]) -> bytes:
    """What makes tokens unreadable: of the keys, so that two runs of one target write the same; else chance."""
    known = "\0".join(sorted(keys.values())).encode("utf-8", "surrogatepass")
    return (
        hashlib.blake2b(known, digest_size=16, person=b"url-tokens").digest()
        if known
        else secrets.token_bytes(16)
    )


def _any_of(spellings: Iterable[bytes]) -> re.Pattern[bytes] | None:
    told = set(spellings)
    return re.compile(_trie(told)) if told else None


def _trie(words: set[bytes]) -> bytes:
    """A pattern for any of the words, the longest first, that asks for what they have in common once.

    As mere alternatives every one of them would be tried at every byte of every answer.
    """
    first, last = min(words), max(words)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = first[: sum(1 for _ in alike)]
    tails = {word[len(common) :] for word in words}
    branches = [_trie(set(group)) for _, group in groupby(sorted(tails - {b""}), key=lambda tail: tail[:1])]
    if not branches:
        return re.escape(common)
    return re.escape(common) + b"(?:" + b"|".join(branches) + (b")?" if b"" in tails else b")")


def _spellings(key: str) -> set[bytes]:
    """The key in every way in which it may stand in a report: plain, percent-encoded, in JSON, in base64."""
    raw = key.encode()
    escaped = "".join(c if c.isalnum() or c in "-._~" else f"\\u{ord(c):04x}" for c in key)
    percents = {"".join(form.format(byte) for byte in raw) for form in ("%{:02X}", "%{:02x}")}
    texts = {key, quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/"), escaped, *percents}
    found = {text.encode() for text in texts}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # The characters of base64 that depend on nothing but the key, at each alignment.
            whole = encode(b"\0" * offset + raw)
            start, end = (offset * 8 + 5) // 6, (offset + len(raw)) * 8 // 6
            found.add(whole[start:end])
    return {spelling for spelling in found if len(spelling) >= _SHORTEST_KEY}
