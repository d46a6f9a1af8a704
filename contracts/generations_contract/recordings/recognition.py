"""From recorded entries to exchanges: which of them concern the API, who made them; without their secrets.

`audit` and `watch` share this. No file is read and nothing is judged here. Of
somebody else's traffic only what is beyond doubt is claimed. A key that is refused is taken for a bad one, a
recording without any `Authorization` for one that left it out, a connection that ended for the client's own
doing, and only accounts that the profile tells apart are compared with each other.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, cast, get_args
from urllib.parse import unquote

from generations_contract.api.target import Target
from generations_contract.api.terms import Terms, Watched
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.exchange.credentials import BEARER, CREDENTIALS, KEY_IN_URL, in_shell
from generations_contract.exchange.exchange import Asset, Exchange, Headers, Kind, Request, Response
from generations_contract.exchange.parsing import path_and_query
from generations_contract.recordings.entry import Entry
from generations_contract.wire.redaction import Vault

_OURS: Final = re.compile(re.escape(GENERATIONS_PATH) + r"(?:/(?P<id>[^/]+))?/?")
# Sockets, extensions and what a page keeps for itself may have the same path.
_SCHEMES: Final = ("http://", "https://")
# What only a profile can tell; without one nobody is blamed for it.
WITHOUT_PROFILE: Final = {"billing.positive": "no profile tells which models are free"}
# How this suite writes down a key that was shown in another way than the documented one.
_ODD_KEY: Final = re.compile(r"\(([a-z]+) key(?: of \$\w+)?\)")
# Headers that carry secrets other than the API key, on either side, whoever made them up.
_PRIVATE: Final = re.compile(
    r"(?:.*-)?(?:cookie|token|secret|password|api-?key|jwt|credentials?|session|session-id|csrf|assertion)2?(?:-assertion)?"
    r"|proxy-authorization|authentication|x-auth.*",
    re.IGNORECASE,
)


class Recogniser:
    """Makes exchanges of entries, one after the other; `skipped` counts what was left out, by reason.

    `target`: whose base URL limits what counts as the API, and whose keys and terms are known. Without one,
    everything below a `/v1/generations` is, and the first key seen is the main account's. `watched`: all that one
    client sends is seen.
    """

    def __init__(self, target: Target | None = None, *, watched: bool = False) -> None:
        terms = target.terms() if target else Terms()
        self.terms = replace(terms, watched=Watched()) if watched else terms
        self.skipped: Counter[str] = Counter()
        self._base_url = target.base_url if target else None
        self._vault = Vault({}, {})
        self._labels: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        self._silent_about_keys = False
        self._began_unix = 0.0
        for label, key in (target.keys if target else {}).items():
            self._meet(key, label)

    def look_ahead(self, entries: Iterable[Entry]) -> None:
        """Learn from a whole recording: every key in it, whose is the main account, whether it shows keys."""
        entries = list(entries)
        self._began_unix = min((each.sent_unix for each in entries if each.doubt is None), default=0.0)
        shown = [(key, each) for each in entries if self._is_api(each) and (key := _key(each)) is not None]
        self._silent_about_keys = not any(self._is_api(each) and _shows_key(each) for each in entries)
        accepted = Counter(key for key, each in shown if each.method == "POST" and 200 <= each.status < 300)
        for key, _ in [*accepted.most_common(), *((key, 0) for key, _ in shown)]:
            self._meet(key)

    def exchange(self, entry: Entry) -> Exchange | None:
        """The exchange of an entry; `None`, and a count in `skipped`, for one that cannot be judged."""
        reason = self._unusable(entry)
        if reason is not None:
            self.skipped[reason] += 1
            return None
        if (key := _key(entry)) is not None:
            self._meet(key)
        account, credential = self._who(entry)
        sent_at = float(entry.own.get("sent_at", entry.sent_unix - self._began_unix))
        made = Exchange(
            kind=self._kind(entry),
            request=self._request(entry, account, credential),
            sent_at=sent_at,
            answered_at=sent_at + max(0.0, entry.answered_unix - entry.sent_unix),
            response=None if entry.failure else self._response(entry),
            failure=entry.failure,
            account=account,
            credential=credential,
            intent=str(entry.own.get("intent", "")) or self._shown_in(entry.url),
            asset=self._asset(entry),
            answered_unix=entry.answered_unix,
            echoed=tuple(entry.own.get("echoed", ())) or self._echoes(entry),
            terms=self.terms,
        )
        for index, media in enumerate(made.media):
            if isinstance(media.get("url"), str) and made.generation_id:
                self._assets[media["url"]] = Asset(made.generation_id, index, media)
        return made

    def otherwise(self, entry: Entry, made: Exchange) -> Exchange | None:
        """The same exchange with its times read in the other way, where the recording allows two."""
        if entry.otherwise is None:
            return None
        sent_unix, answered_unix = entry.otherwise
        sent_at = made.sent_at + sent_unix - entry.sent_unix
        return replace(
            made,
            sent_at=sent_at,
            answered_at=sent_at + answered_unix - sent_unix,
            answered_unix=answered_unix,
        )

    # -- what an entry is about ---------------------------------------------------------------------------

    def _unusable(self, entry: Entry) -> str | None:
        if not entry.url:
            return entry.doubt
        if not self._is_api(entry) and self._asset(entry) is None:
            return "not of the API"
        if entry.doubt is not None:
            return entry.doubt
        if entry.method == "OPTIONS" and "kind" not in entry.own:
            return "a browser's preflight"
        if entry.status == 304 or (entry.status == 206 and not self._is_api(entry)):
            return "from a cache, or a part only"
        if entry.body is None:
            return "the request's body is not in the recording"
        if entry.answer is None and entry.failure is None:
            return "the answer's body is not in the recording"
        return None

    def _is_api(self, entry: Entry) -> bool:
        if "kind" in entry.own:
            return bool(entry.own["kind"] != "download")
        return self._path(entry) is not None

    def _path(self, entry: Entry) -> re.Match[str] | None:
        """The match of `/v1/generations[/{id}]` at the end of the path, below the target's base URL."""
        url = entry.url.partition("?")[0].partition("#")[0]
        if not url.lower().startswith(_SCHEMES):
            return None
        if self._base_url is not None:
            return _OURS.fullmatch(url.removeprefix(self._base_url))
        start = url.find(GENERATIONS_PATH)
        return _OURS.fullmatch(url, start) if start >= 0 else None

    def _kind(self, entry: Entry) -> Kind:
        if entry.own.get("kind") in get_args(Kind):
            return cast(Kind, entry.own["kind"])
        match = self._path(entry)
        if match is None:
            return "download"
        if match["id"] is None:
            return "create" if entry.method == "POST" else "other"
        return "fetch" if entry.method == "GET" else "other"

    def _asset(self, entry: Entry) -> Asset | None:
        noted: Any = entry.own.get("asset")
        if isinstance(noted, dict):
            return Asset(noted["generation_id"], noted["index"], noted["entry"])
        if entry.method != "GET" or self._path(entry) is not None:
            return None
        return self._assets.get(self._vault.conceal_text(entry.url))

    # -- who made it --------------------------------------------------------------------------------------

    def _meet(self, key: str, label: str | None = None) -> None:
        if key not in self._labels:
            first = "main" not in self._labels.values()
            label = label or ("main" if first else f"key-{len(self._labels) + 1}")
            self._labels[key] = label
            if not key.startswith("$"):
                self._vault.learn(key, _variable(label))

    def _who(self, entry: Entry) -> tuple[str, str]:
        """(account, credential) of an entry."""
        if "account" in entry.own:
            return str(entry.own["account"]), str(entry.own.get("credential", BEARER))
        authorization = entry.headers.get("authorization")
        if authorization is None:
            hidden = self._silent_about_keys and entry.status != 401
            return "main", BEARER if hidden else "missing"
        if noted := _ODD_KEY.fullmatch(authorization):
            return "main", noted[1]
        key = _key(entry)
        if key is None:
            # Whether what is shown is the key at all, only the gateway knows.
            return "main", "unknown" if entry.status == 401 else BEARER
        return self._labels[key], "unknown" if entry.status == 401 else BEARER

    # -- without its secrets ------------------------------------------------------------------------------

    def _request(self, entry: Entry, account: str, credential: str) -> Request:
        conceal = self._vault.conceal_text
        url = conceal(entry.url)
        path, query = path_and_query(url)
        known = credential in CREDENTIALS
        authorization = in_shell(credential, _variable(account)) if known else f"({credential} key)"
        fields = tuple(
            (name, authorization if name.lower() == "authorization" else _public(name, conceal(value)))
            for name, value in entry.headers
        )
        if entry.own.get("kind") is None and (match := self._path(entry)):
            path = match.group().rstrip("/")
        return Request(
            entry.method, url, path, query, Headers(fields), self._vault.conceal(entry.body or b"")
        )

    def _response(self, entry: Entry) -> Response:
        fields = tuple(
            (name, _public(name, self._vault.conceal_text(value))) for name, value in entry.answer_headers
        )
        body = entry.answer or b""
        api = self._is_api(entry)
        return Response(entry.status, Headers(fields), self._vault.conceal(body) if api else body)

    def _shown_in(self, url: str) -> str:
        return KEY_IN_URL if self._vault.leaks(url.encode("utf-8", "replace")) else ""

    def _echoes(self, entry: Entry) -> tuple[str, ...]:
        if entry.failure or not self._is_api(entry):
            return ()
        leaks = self._vault.leaks
        found = [
            f"header {name}"
            for name, value in entry.answer_headers
            if leaks(value.encode("utf-8", "replace"))
        ]
        return (*found, "body") if leaks(entry.answer or b"") else tuple(found)


def _key(entry: Entry) -> str | None:
    """The bearer key that an entry shows, or the name that already stands for it ("$GATEWAY_API_KEY")."""
    scheme, _, key = (entry.headers.get("authorization") or "").partition(" ")
    key = unquote(key.strip())
    return key if scheme.lower() == BEARER and key else None


def _shows_key(entry: Entry) -> bool:
    return entry.headers.get("authorization") is not None or "account" in entry.own


def _variable(label: str) -> str:
    return f"{re.sub('[^A-Z0-9]', '_', label.upper())}_KEY"


def _public(name: str, value: str) -> str:
    return "(left out)" if _PRIVATE.fullmatch(name) else value
