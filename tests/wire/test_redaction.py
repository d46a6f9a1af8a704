"""The vault: no spelling of a key and no signature of a URL gets past it, and the client can turn it back."""

import base64
import json
import re
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.target import Target
from generations_contract.exchange.credentials import CREDENTIALS
from generations_contract.exchange.exchange import Asset, Exchange, Failure, Headers, Response
from generations_contract.judging.clause import Breach
from generations_contract.judging.verdict import breach_document
from generations_contract.recordings.codec import curl, to_dict
from generations_contract.scripts.script import Create, Download, Fetch, Raw, Step
from generations_contract.wire.client import Client
from generations_contract.wire.redaction import Vault
from tests.support.exchanges import ENVIRONMENT, KEY, MINIMAL_PROFILE, STEADY, example_target, saying

SIGNED = "https://cdn.test/a.png?X-Amz-Expires=300&X-Amz-Signature="
SIGNATURE = "5f70bf18a086007016e948b04aed3b82103a36be"


def _vault(key: str = KEY) -> Vault:
    return Vault({"main": key}, {"main": "GATEWAY_API_KEY"})


def _shown(text: str) -> bytes:
    return _vault().conceal(text.encode())


AWKWARD = "sk/live+Q7m2=XvT9&kRL<w4B"
SPELLINGS = {
    "plain": lambda key: key,
    "in a sentence": lambda key: f"Invalid key '{key}'.",
    "in the middle of a word": lambda key: f"x{key}y",
    "percent-encoded": lambda key: quote(key, safe=""),
    "JSON": lambda key: json.dumps({"key": key}),
    "JSON with slashes escaped": lambda key: json.dumps({"key": key}).replace("/", "\\/"),
    "JSON made safe for HTML": lambda key: "".join(
        each if each.isalnum() or each in "-_." else f"\\u{ord(each):04x}" for each in key
    ),
    "Basic": lambda key: "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
    "Basic with a user": lambda key: "Basic " + base64.b64encode(f"user:{key}".encode()).decode(),
    "base64, one before": lambda key: base64.b64encode(f"a{key}bc".encode()).decode(),
    "base64, two before": lambda key: base64.b64encode(f"ab{key}c".encode()).decode(),
    "base64, three before": lambda key: base64.urlsafe_b64encode(f"abc{key}".encode()).decode(),
}


@pytest.mark.parametrize("key", [KEY, AWKWARD, "abc123"], ids=["usual", "awkward", "short"])
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_vault_conceals_every_spelling_of_a_key(key: str, spell: object) -> None:
    """However a gateway spells a key, it is called a leak, and neither it nor its bytes stay in the text."""
    assert callable(spell)
    data = spell(key).encode()
    vault = _vault(key)
    assert vault.leaks(data)
    concealed = vault.conceal(data)
    assert b"$GATEWAY_API_KEY" in concealed
    assert not vault.leaks(concealed)
    assert data not in concealed


@STEADY
@given(
    key=st.text(string.ascii_letters + string.digits + "-_./+=:~", min_size=9, max_size=60),
    before=st.binary(max_size=7),
    after=st.binary(max_size=7),
)
def test_vault_finds_any_key_inside_base64(key: str, before: bytes, after: bytes) -> None:
    """At every alignment, with whatever bytes around it."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert _vault(key).leaks(encode(before + key.encode() + after))


@pytest.mark.parametrize("credential", sorted(CREDENTIALS.keys() - {"missing", "empty", "unknown"}))
def test_vault_conceals_what_the_probes_show_for_a_key(credential: str) -> None:
    """A prefix, a half, an extension, a case variant: an echo of them would give most of the key away."""
    value = str(CREDENTIALS[credential].value(KEY))
    assert value.split()[-1].encode() not in _shown(json.dumps({"error": f"wrong: {value}"}))


@pytest.mark.parametrize("text", ["zt_main", "Q7m2", "a perfectly ordinary sentence", "GATEWAY_API_KEY", ""])
def test_vault_leaves_everything_else_alone(text: str) -> None:
    """A fragment is no key: text is changed as little as possible."""
    vault = _vault()
    assert vault.conceal(text.encode()) == text.encode()
    assert not vault.leaks(text.encode())


@given(keys=st.sets(st.text("abc", min_size=6, max_size=9), min_size=1), text=st.text("abc", max_size=40))
def test_vault_finds_keys_that_begin_alike(keys: set[str], text: str) -> None:
    """Many keys, some the beginning of others: what is found is what looking for each by itself finds."""
    longest_first = sorted(keys, key=len, reverse=True)
    expected = re.sub("|".join(map(re.escape, longest_first)), "$KEY", text)
    assert Vault({key: key for key in keys}, dict.fromkeys(keys, "KEY")).conceal_text(text) == expected


def test_vault_does_not_take_ordinary_words_for_parts_of_a_key() -> None:
    """The first half of a short key may stand in any host name; only long parts are looked for."""
    assert _vault("local-dev-key").conceal(b"https://local-cdn.test/a") == b"https://local-cdn.test/a"


def test_vault_tells_keys_apart() -> None:
    """Each key is replaced by the name of the variable that it came from; the longest one first."""
    vault = Vault({"main": "secret-key", "other": "secret-key-2"}, {"main": "ONE", "other": "TWO"})
    assert vault.conceal(b"secret-key-2 secret-key") == b"$TWO $ONE"


SIGNED_URLS = {
    "plain": SIGNED + SIGNATURE,
    "JSON": json.dumps({"url": SIGNED + SIGNATURE}),
    "ampersand escaped": json.dumps({"url": SIGNED + SIGNATURE}).replace("&", "\\u0026"),
    "everything escaped": json.dumps({"url": SIGNED + SIGNATURE})
    .replace("&", "\\u0026").replace("=", "\\u003d").replace("?", "\\u003F").replace("/", "\\/"),
    "HTML": f'<a href="{SIGNED.replace("&", "&amp;")}{SIGNATURE}">',
    "header": f"<{SIGNED}{SIGNATURE}>; rel=preload",
    "first parameter": f"https://cdn.test/a?sig={SIGNATURE}&se=2026",
    "unknown name, long value": f"https://cdn.test/a?x-vendor-proof={SIGNATURE}",
    "lower case": f"https://cdn.test/a?x-amz-signature={SIGNATURE}",
    "storage": f"https://cdn.test/a?X-Goog-Signature={SIGNATURE}",
    "fragment behind": f"https://cdn.test/a?token={SIGNATURE}#top",
}  # fmt: skip


@pytest.mark.parametrize("text", SIGNED_URLS.values(), ids=SIGNED_URLS)
def test_vault_conceals_signatures_of_urls(text: str) -> None:
    """In every spelling, and nothing but the signature: what is addressed stays readable."""
    concealed = _shown(text).decode()
    assert SIGNATURE not in concealed
    assert "REDACTED-" in concealed
    assert "cdn.test" in concealed


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("ab\\/cd\\/ef", "ab/cd/ef"),
        ("ab\\u002Bcd\\u002f", "ab+cd/"),
        ("ab%2Bcd", "ab%2Bcd"),
        ("abcd\\u003D\\u003d", "abcd=="),
    ],
)
def test_vault_knows_an_escaped_signature_for_the_same(escaped: str, plain: str) -> None:
    """JSON may escape characters of a signature: no part is left over, and revealing gives the true one."""
    vault = _vault()
    document = vault.conceal(f'{{"url": "{SIGNED}{escaped}"}}'.encode())
    assert document == vault.conceal(f'{{"url": "{SIGNED}{plain}"}}'.encode())
    assert vault.reveal(json.loads(document)["url"]) == SIGNED + plain


def test_vault_tokens_are_stable_within_a_run() -> None:
    """One signature has one token, two have two; another run with the same keys has the same, others have others."""
    vault = _vault()
    one, same, two = (vault.conceal_text(SIGNED + each) for each in ("aaaa", "aaaa", "bbbb"))
    assert one == same != two
    assert _vault().conceal_text(SIGNED + "aaaa") == one
    assert Vault({"main": "another-key-altogether"}, {}).conceal_text(SIGNED + "aaaa") != one
    assert Vault({}, {}).conceal_text(SIGNED + "aaaa") != Vault({}, {}).conceal_text(SIGNED + "aaaa")


@STEADY
@given(
    signature=st.text(string.ascii_letters + string.digits + "-_.~%+/=", min_size=1, max_size=80),
    rest=st.sampled_from(["", "&X-Amz-Date=1", "#x"]),
)
def test_vault_reveals_what_it_concealed(signature: str, rest: str) -> None:
    """A concealed URL turns back into the very same URL; concealing twice is concealing once."""
    vault, url = _vault(), SIGNED + signature + rest
    concealed = vault.conceal_text(url)
    assert vault.conceal_text(concealed) == concealed
    assert vault.reveal(concealed) == url


def test_vault_reveals_nothing_that_it_never_saw() -> None:
    """A token of another run stays a token."""
    url = SIGNED + "REDACTED-0123456789ab"
    assert _vault().reveal(url) == url
    assert _vault().conceal_text(url) == url


@STEADY
@given(st.binary(max_size=200))
def test_vault_takes_any_bytes(data: bytes) -> None:
    """Nothing makes it raise; what holds no secret and no parameter comes out as it went in."""
    vault = _vault()
    concealed = vault.conceal(data)
    assert concealed == data or b"=" in data
    assert (
        vault.conceal_text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        == concealed
    )


_LEAKY: list[Step] = [
    Create({"model": "m", "input": {"prompt": f"my key is {KEY}"}}),
    Create(b"not json: " + KEY.encode()),
    *(Create({"model": "m"}, credential=name) for name in CREDENTIALS),
    *(Fetch("gen_1", credential=name, account="other") for name in CREDENTIALS),
    Fetch(KEY),
    Fetch("gen_1", wait=KEY),
    Fetch("gen_1", query=f"api_key={KEY}"),
    Raw("GET", f"/v1/{KEY}?sig={SIGNATURE}", headers=(("authorization", f"Bearer {KEY}"), ("X-Key", KEY))),
    Download(f"{SIGNED}{SIGNATURE}", Asset("gen_1", 0, {})),
]


def test_headers_of_the_profile_are_sent_and_not_shown() -> None:
    """A secret of a proxy goes with every request to the gateway, and into no recording; not with downloads."""
    secret = "s3cret-of-the-proxy"
    text = MINIMAL_PROFILE + '[headers]\nX-Team = "mine"\nX-Secret = { env = "PROXY_SECRET" }'
    client = Client(Target.parse(text, ENVIRONMENT | {"PROXY_SECRET": secret}))
    outgoing = client.prepare(Fetch("gen_1"))
    assert ("X-Secret", secret) in outgoing.headers
    exchange = client.record(outgoing, Response(500, Headers(), secret.encode()), sent_at=0, answered_at=1)
    assert secret not in _everything(exchange)
    assert exchange.request.headers.get("x-secret") == "$PROXY_SECRET"
    assert exchange.request.headers.get("x-team") == "mine"
    assert client.prepare(Download("https://cdn.test/a.png", Asset("gen_1", 0, {}))).headers == ()


def test_bytes_of_an_asset_are_recorded_as_they_are() -> None:
    """A picture is decoded and compared: no rule of redaction may touch it."""
    client, picture = Client(example_target()), b"\x89PNG ?sig=aaaaaaaaaaaaaaaaaaaaaaaaaaaa " + KEY.encode()
    outgoing = client.prepare(Download("https://cdn.test/a.png", Asset("gen_1", 0, {})))
    exchange = client.record(outgoing, Response(200, Headers(), picture), sent_at=0, answered_at=1)
    assert exchange.response is not None
    assert exchange.response.body == picture
    assert exchange.echoed == ()


@pytest.mark.parametrize("step", _LEAKY, ids=repr)
def test_no_recording_shows_a_secret(step: Create | Fetch | Raw | Download) -> None:
    """Whatever was sent and whatever came back: exchange, JSON, curl line and breach show no key."""
    client = Client(example_target())
    variants = [each.value(key) for each in CREDENTIALS.values() for key in ENVIRONMENT.values()]
    shown = [
        value.split()[-1] for value in variants if value and "unknown" not in value and value != "Bearer"
    ]
    echo = json.dumps({"error": {"message": " ".join(shown), "url": SIGNED + SIGNATURE}}).encode()
    fields = (("X-Echo", " ".join(shown)), ("Location", SIGNED + SIGNATURE))
    outgoing = client.prepare(step)
    for outcome in (Response(401, Headers(fields), echo), Failure("garbage", f"could not parse {shown}")):
        exchange = client.record(outgoing, outcome, sent_at=0, answered_at=1)
        text = _everything(exchange)
        for secret in {*shown, SIGNATURE}:
            assert secret not in text


def _everything(exchange: Exchange) -> str:
    breach = breach_document(saying("auth.missing-key"), Breach("a", "b", (exchange,)), exchange, "probe")
    return "\n".join([repr(exchange), json.dumps(to_dict(exchange)), curl(exchange), json.dumps(breach)])
