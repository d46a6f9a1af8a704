"""Both sides: what of a URL is hidden wherever providers put a signature, and what a reader needs and keeps."""

import json

import pytest

from generations_contract.exchange.signed_urls import expires_unix, may_be_signed, tampered
from generations_contract.wire.redaction import Vault

HMAC = "0123456789abcdef" * 4
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJnZW5fMSJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
MIXED = "kX9vQ2mLp0Rt7YbNc3HsWd"
SECRETS = {
    "Akamai, query": (f"https://x.akamaized.net/a.png?hdnts=exp=1776517200~acl=/*~hmac={HMAC}", HMAC),
    "Akamai, more": (f"https://x.example/a.png?hdnea=st=1776517100~exp=1776517200~acl=/media/long/path/*~hmac={HMAC}&b=1", HMAC),
    "Akamai, escaped": (f"https://x.example/a.png?hdntl=exp%3D1776517200~acl%3D%2F%2A~hmac%3D{HMAC}", HMAC),
    "Akamai, path": (f"https://x.example/hdnts=exp=1776517200~acl=/*~hmac={HMAC}/a.png", HMAC),
    "Akamai, url token": (f"https://x.example/a.png?__token__=exp=1776517200~hmac={HMAC}", HMAC),
    "CloudFront": (f"https://d1.cloudfront.net/a.png?Policy=eyJTdGF0ZW1lbnQiOltdfQ__&Signature={MIXED}~x_&Key-Pair-Id=K2JCJMDEHXQW5F", MIXED),
    "CloudFront, policy": ("https://d1.cloudfront.net/a.png?Policy=eyJTdGF0ZW1lbnQiOltdfQ__", "eyJTdGF0ZW1lbnQiOltdfQ"),
    "CloudFront, key pair": ("https://d1.cloudfront.net/a.png?Key-Pair-Id=K2JCJMDEHXQW5F", "K2JCJMDEHXQW5F"),
    "Azure SAS": (f"https://a.blob.core.windows.net/c/a.png?sv=2024-08-04&se=2026-04-18T13%3A00%3A00Z&sr=b&sp=r&sig={MIXED}%3D", MIXED),
    "GCS": (f"https://storage.googleapis.com/b/a.png?X-Goog-Signature={HMAC}", HMAC),
    "S3": (f"https://b.s3.amazonaws.com/a.png?X-Amz-Credential=AKIA123%2F20260418&X-Amz-Signature={HMAC}", "AKIA123"),
    "S3, session": (f"https://b.s3.amazonaws.com/a.png?X-Amz-Security-Token={MIXED}", MIXED),
    "OSS": (f"https://b.oss.example/a.png?OSSAccessKeyId=LTAI5t{MIXED}&Expires=1776517200&Signature=abc%3D", MIXED),
    "imgix": ("https://x.imgix.net/a.png?w=400&s=a40b4ec4f81b3c5fd0ee33efac77e6a8", "a40b4ec4f81b3c5fd0ee33efac77e6a8"),
    "Bunny, query": (f"https://x.b-cdn.net/a.png?token={MIXED}&expires=1776517200", MIXED),
    "Bunny, path": (f"https://x.b-cdn.net/bcdn_token={MIXED}&expires=1776517200&token_path=%2Fa/a.png", MIXED),
    "Cloudflare": (f"https://x.example/a.png?verify=1776517200-{MIXED}%3D", MIXED),
    "Fastly": (f"https://x.example/a.png?token=1776517200_{HMAC}", HMAC),
    "Tencent": ("https://x.example/a.mp4?txSecret=9a1b2c3d4e5f6071&txTime=661f", "9a1b2c3d4e5f6071"),
    "Cloudinary": ("https://res.cloudinary.com/demo/image/authenticated/s--bK2x9QpL--/v1/a.png", "bK2x9QpL"),
    "nginx secure link": (f"https://x.example/{MIXED},1776517200/a.png", MIXED),
    "imgproxy": (f"https://x.example/{MIXED}kX9vQ2mLp0Rt7Yb/rs:fill:300/plain/a.png", MIXED),
    "capability in the path": (f"https://replicate.example/xezq/{MIXED}YbNc3H/out-0.png", MIXED),
    "token in the path": (f"https://x.example/token/{HMAC}/a.png", HMAC),
    "JWT in the query": (f"https://x.example/a.png?t={JWT}", JWT),
    "JWT in the path": (f"https://x.example/{JWT}/a.png", JWT),
    "JWT in a sentence": (f"signed with {JWT}", JWT),
    "user before the host": ("https://signer:p4ssw0rd@x.example/a.png", "p4ssw0rd"),
    "user alone": ("https://t0ken-of-a-user@x.example/a.png", "t0ken-of-a-user"),
    "fragment": (f"https://x.example/a.png#access_token={MIXED}", MIXED),
    "fragment, unknown": (f"https://x.example/a.png#q={HMAC}", HMAC),
    "unknown name": (f"https://x.example/a.png?zz={MIXED}", MIXED),
    "unknown name, odd characters": (f"https://x.example/a.png?zz=a*b!c:{MIXED}", MIXED),
    "a name that says it": ("https://x.example/a.png?my_download_token=abc123", "abc123"),
}  # fmt: skip
PLAIN = {
    "id with its prefix": "https://x.example/gen_01KPG5R3V2XQ7A8B9C0D1E2F3G/a.png",
    "id in the API": "https://gw.example/v1/generations/V1StGXR8_Z5jdHi6B-myT/",
    "id in the API, last": "https://gw.example/v1/generations/V1StGXR8_Z5jdHi6B-myT",
    "id in the query": "https://x.example/a.png?id=gen_01KPG5R3V2XQ7A8B9C0D1E2F3G",
    "UUID": "https://x.example/3f2504e0-4f89-41d3-9a0c-0305e82c3301/a.png",
    "UUID in the query": "https://x.example/a.png?v=3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "ULID": "https://x.example/01KPG5R3V2XQ7A8B9C0D1E2F3G/a.png",
    "digest in a file name": f"https://x.example/media/{HMAC}.png",
    "date": "https://x.example/2026/04/18/a.png?t=2026-04-18T12:00:00.000000+00:00",
    "date, escaped": "https://x.example/a.png?t=2026-04-18T12%3A00%3A00.000Z",
    "expiry": "https://x.example/a.png?expires=1776517200&X-Amz-Date=20260418T120000Z&X-Amz-Expires=300",
    "model": "https://x.example/a.png?model=flux-1.1-pro-ultra-2026-preview",
    "words": "https://x.example/a.png?prompt=a%20beautiful%20sunset%20over%20mountains",
    "camel case": "https://x.example/myVeryLongDirectoryName2024/a.png",
    "long directory": "https://x.example/generated-images-of-the-week/a.png",
    "port and path": "http://127.0.0.1:18080/media/a.png?w=1024&h=768&fit=crop",
    "mail": "write to support@x.example about gen_01KPG5R3V2XQ7A8B9C0D1E2F3G",
    "what looks alike": "https://x.example/design=1/signal/a.png?assigned=true",
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("frame", ["{}", "JSON", "slashes escaped"])
def test_vault_hides_a_secret_wherever_it_stands(text: str, secret: str, frame: str) -> None:
    """In a URL by itself and in a body, and the URL turns back into the very same."""
    vault = Vault({}, {})
    document = text if frame == "{}" else json.dumps({"url": text})
    shown = vault.conceal_text(document.replace("/", "\\/") if frame == "slashes escaped" else document)
    assert secret not in shown
    assert "REDACTED-" in shown
    assert vault.conceal_text(shown) == shown
    told = shown if frame == "{}" else json.loads(shown)["url"]
    assert vault.reveal(told) == text


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("frame", ["{}", "JSON", "slashes escaped"])
def test_vault_shows_what_is_no_secret(text: str, frame: str) -> None:
    """Ids, dates, names and digests of files stay readable."""
    document = text if frame == "{}" else json.dumps({"url": text})
    document = document.replace("/", "\\/") if frame == "slashes escaped" else document
    assert Vault({}, {}).conceal_text(document) == document


def test_vault_shows_an_id_that_the_answer_names() -> None:
    """A part of a path that nobody could guess is no secret where the same answer calls it the id; from then on."""
    vault = Vault({}, {})
    url = f"https://x.example/{MIXED}/a.png"
    document = json.dumps({"id": MIXED, "url": url})
    assert vault.conceal_text(document) == document
    assert vault.conceal_text(url) == url


@pytest.mark.parametrize(
    "text", [each for each, _ in SECRETS.values() if each.startswith("http") and "#" not in each]
)
def test_concealed_url_is_still_known_as_signed(text: str) -> None:
    """Whether a URL may be signed is seen of what is left of it; a fragment is never sent, and signs nothing."""
    assert may_be_signed(Vault({}, {}).conceal_text(text), "gen_1")


def test_compound_tells_its_expiry_and_can_be_tampered() -> None:
    """Akamai's token keeps `exp` and `acl` in sight, and is taken away or altered like any other."""
    url = Vault({}, {}).conceal_text(SECRETS["Akamai, query"][0])
    assert "exp=1776517200~acl=/*~hmac=REDACTED-" in url
    assert expires_unix(url) == 1776517200
    found = tampered(url)
    assert found["unsigned"] == "https://x.akamaized.net/a.png"
    assert found["altered-signature"] != url
