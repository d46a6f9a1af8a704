"""The gateway's error codes: which HTTP status each has, and what the provider's failures say.

The table is the gateway's own, written beside the schemas on purpose: a misreading of the document cannot sit
on both sides unseen. Who is refused, and when, is decided in `checks`; a provider's failure is a model's
`outcome` in the catalogue.
"""

from typing import Final, Literal

STATUS_OF_CODE: Final = {
    "invalid_input": 400,
    "unauthenticated": 401,
    "insufficient_quota": 402,
    "model_unavailable": 403,
    "not_found": 404,
    "content_policy": 422,
    "rate_limited": 429,
    "provider_unavailable": 502,
    "provider_timeout": 504,
    "internal_error": 500,
}
# HTTP's own errors, beside the document's codes ("codes you'll see most" leaves room for more). A code
# of their own keeps "code and status always go together" true: `invalid_input` means 400 and nothing else.
STATUS_OF_HTTP_CODE: Final = {
    "forbidden": 403,  # a media URL without a good signature; never on the two operations
    "method_not_allowed": 405,
    "request_timeout": 408,
    "payload_too_large": 413,
}

# Provider failures: "Branch on error.code, never on error.message".
Failure = Literal["content_policy", "provider_unavailable", "provider_timeout", "internal_error"]
MESSAGES: Final[dict[str, str]] = {
    "content_policy": "The provider rejected the prompt or an input image.",
    "provider_unavailable": "Every provider for this model returned an error.",
    "provider_timeout": "Every provider for this model timed out.",
    "internal_error": "A bug on our side: open a support ticket with the id.",
}
