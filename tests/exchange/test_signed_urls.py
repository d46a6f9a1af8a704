"""`generations_contract.exchange.signed_urls`: what is borrowed from another asset's URL, and when it is none of another asset."""

import pytest

from generations_contract.exchange.signed_urls import tampered


def test_query_of_another_asset_is_not_borrowed_where_it_names_the_asset() -> None:
    """Such a URL would be the other asset's own, and rightly download."""
    one = "https://m.example/x1/get?id=1&exp=1&sig=aaaaaaaa"
    for other, borrowed in (
        ("https://m.example/x2/get?id=2&exp=2&sig=bbbbbbbb", False),
        ("https://m.example/x1/get?id=1&exp=2&sig=bbbbbbbb", False),
        ("https://m.example/x2/get?id=1&exp=1&sig=bbbbbbbb", False),
        ("https://m.example/x2/get?id=1&exp=2&sig=bbbbbbbb", True),
    ):
        assert ("foreign-query" in tampered(one, other)) == borrowed


@pytest.mark.parametrize(
    ("other", "foreign"),
    [
        ("https://m.example/1.png?token=b", True),
        ("https://m.example/0.png?token=b", False),
        ("https://m.example/0.png?token=b&id=1", True),
    ],
)
def test_signature_of_the_same_asset_signed_anew_is_not_foreign(other: str, foreign: bool) -> None:
    """Equal creations may be one generation, or one picture in a store that goes by content."""
    assert ("foreign-signature" in tampered("https://m.example/0.png?token=a", other)) == foreign
