"""Where in a text a URL holds what is secret: by position and by what it looks like, not only by name.

A user before the host, a signature in query, fragment, path or in a compound like Akamai's `exp=…~acl=…~hmac=…`, a
part of the path that nobody could guess, a JWT anywhere. What a reader needs stays: ids with their prefix, UUIDs and
ULIDs, dates, words and model names, digests in file names. No secret is kept here; `redaction` replaces what is found.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from generations_contract.exchange.signed_urls import COMPOUNDS, SIGNATURES

# Beside signatures: credentials and tokens, by the names that storage providers use.
_FURTHER: Final = (
    "x-amz-credential", "x-amz-security-token", "x-goog-credential", "access_token", "auth", "authorization",
    "api_?key", "key", "key-pair-id", "awsaccesskeyid", "ossaccesskeyid", "jwt", "passw(?:or)?d", "pwd", "session_?id",
)  # fmt: skip
# A name that ends so says what it is, whoever made it up.
_ENDING: Final = r"[a-z0-9_-]{0,40}(?:token|secret|signature|credentials?|hmac|[_-]sig|[_-]auth|[_-]key)"
_NAMES: Final = "|".join((*sorted(map(re.escape, SIGNATURES)), *_FURTHER, _ENDING)).encode()
# Inside JSON any of these characters may stand escaped: `\u0026` for `&`, `\u003d` for `=`, `\/` for `/`.
_ESCAPED: Final = rb"\\/|\\u00(?:2[5bdef]|3[ad]|5f|7e)"
_SLASH: Final = rb"(?:/|\\/|\\u002f|%2f)"
_IS: Final = rb"(?:=|\\u003d|%3d)"
_TILDE: Final = rb"(?:~|\\u007e|%7e)"
_OPENS: Final = rb"(?:[?&#]|\\u0026|\\u003f|\\u0023|&amp;)"
_OPAQUE: Final = rb"[A-Za-z0-9_-]"

# What must stand in a text for the pattern to be worth a try, and the pattern. Each has two groups: what stays, and
# what may be secret. Those of the first table are secret whatever they are.
NAMED: Final = tuple(
    (needs, re.compile(pattern, re.IGNORECASE))
    for needs, pattern in (
        ((b"@",), rb"(:" + _SLASH + _SLASH + rb")([^/\s\"'<>@?#\\]{1,300})(?=@)"),
        (
            (b"~", b"7e", b"7E"),
            rb"(" + _TILDE + rb"(?:hmac|sig(?:nature)?|md5|token|hash)" + _IS + rb")([A-Za-z0-9_%+-]{4,})",
        ),
        ((b"=",), rb"((?:/|\\u002f)(?=[a-z0-9_-]{1,60}=)(?:" + _NAMES + rb")=)([^/&~\s\"'<>#?\\]{4,})"),
        (
            (b"/",),
            rb"("
            + _SLASH
            + rb"(?:token|sig|signature|hmac|secret|auth)"
            + _SLASH
            + rb")([A-Za-z0-9_.%=-]{8,})",
        ),
        ((b"s--",), rb"(" + _SLASH + rb"s--)([A-Za-z0-9_-]{6,44}?)(?=--" + _SLASH + rb")"),
        (
            (b"=", b"003d", b"003D"),
            rb"(" + _OPENS + rb"(?:" + _NAMES + rb")(?:=|\\u003d))((?:[^&\s\"'<>#\\]|" + _ESCAPED + rb")+)",
        ),
        ((b"eyJ",), rb"(\b)(eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{4,4000}\.[A-Za-z0-9_-]{8,})"),
    )
)
# Those of the second only where nobody could guess them.
UNNAMED: Final = tuple(
    (needs, re.compile(pattern, re.IGNORECASE))
    for needs, pattern in (
        (
            (b"=", b"003d", b"003D"),
            rb"(" + _OPENS + rb"[A-Za-z0-9_.-]{1,40}(?:=|\\u003d))"
            rb"((?:[^&\s\"'<>#\\]|" + _ESCAPED + rb"){16,})",
        ),
        (
            (b"/",),
            rb"((?<!generations)(?<!generations\\)/)(" + _OPAQUE + rb"{20,})(?=(?:,[0-9]{9,11})?\\?/)",
        ),
    )
)
# A compound whose secret part was replaced already: the rest of it is for people.
_COMPOUND: Final = re.compile(
    rb"(?:exp|st|acl|id|data|url)=.*~(?:hmac|sig(?:nature)?|md5|token|hash)=REDACTED-[0-9a-f]{12}", re.DOTALL
)
_COMPOUND_NAME: Final = re.compile(
    rb"(?:[?&#]|&amp;)(?:" + "|".join(sorted(COMPOUNDS)).encode() + rb")=$", re.IGNORECASE
)
_WORDS: Final = re.compile(rb"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}|[A-Za-z])?(?:[A-Z]?[a-z]{2,})*[0-9]{0,4}")
_BETWEEN_WORDS: Final = re.compile(rb"[\s._,:;/+~*!@|()-]+")
_KNOWN: Final = re.compile(
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+ -][0-9:]{2,6})?)?"  # a date
    rb"|[0-9]{1,19}(?:\.[0-9]{1,9})?"  # a number
    rb"|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"  # a UUID
    rb"|[0-7][0-9A-HJKMNP-TV-Z]{25}"  # a ULID
    rb"|[a-z]{2,12}_[A-Za-z0-9]{1,40}(?:[-_][0-9]{1,4})?"  # an id with its prefix
)
_SURELY_LONG: Final = 24


def is_told(kept: bytes, value: bytes) -> bool:
    """Whether a value is a compound of which the secret part was replaced already."""
    return _COMPOUND.search(unquote_to_bytes(value)) is not None and _COMPOUND_NAME.search(kept) is not None


def guessable(value: bytes) -> bool:
    """Whether a value under a name of its own is for people: a date, an id, words; or too short for a secret."""
    plain = unquote_to_bytes(value)
    if _KNOWN.fullmatch(plain) or all(map(_WORDS.fullmatch, _BETWEEN_WORDS.split(plain))):
        return True
    kinds = (re.search(kind, plain) for kind in (rb"[a-z]", rb"[A-Z]", rb"[0-9]"))
    return len(value) < _SURELY_LONG and not all(kinds)


def guessable_segment(segment: bytes) -> bool:
    """The same of a part of a path: digests and ids of one case are names of files as often as secrets."""
    kinds = (re.search(kind, segment) for kind in (rb"[a-z]", rb"[A-Z]"))
    return not all(kinds) or _KNOWN.fullmatch(segment) is not None or guessable(segment)
