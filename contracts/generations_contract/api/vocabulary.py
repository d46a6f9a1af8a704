"""The document's own words: its tables, limits and names, transcribed.

No logic lives here. This is the only module that the clauses and the reference gateway share, so a
misreading of the document's *rules* cannot sit on both sides unseen.
"""

from typing import Final, Literal

Modality = Literal["image", "video"]

GENERATIONS_PATH: Final = "/v1/generations"

# Response: `status`. "queued and running are non-terminal; the rest are terminal."
QUEUED: Final = "queued"
RUNNING: Final = "running"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
NON_TERMINAL: Final = frozenset({QUEUED, RUNNING})
TERMINAL: Final = frozenset({COMPLETED, FAILED, CANCELLED})
STATUSES: Final = NON_TERMINAL | TERMINAL

OBJECT: Final = "generation"

# Error codes: `error.code` and the HTTP status that goes with it.
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
CODE_OF_STATUS: Final = {status: code for code, status in STATUS_OF_CODE.items()}
# Failures of the provider: they may show as an HTTP error or as a failed generation.
PROVIDER_CODES: Final = frozenset(
    {"content_policy", "provider_unavailable", "provider_timeout", "internal_error"}
)

# Request: the documented keys. Any other is unknown, and refused.
TOP_LEVEL_KEYS: Final = ("model", "input", "n", "wait")
INPUT_KEYS: Final = (
    "prompt",
    "images",
    "aspect_ratio",
    "size",
    "duration",
    "resolution",
    "seed",
    "negative_prompt",
)
REQUIRED_KEYS: Final = ("model", "input")
REQUIRED_INPUT_KEYS: Final = ("prompt",)

# Request: limits and defaults.
PROMPT_LENGTH_MIN: Final = 1
PROMPT_LENGTH_MAX: Final = 8000
N_MIN: Final = 1
N_MAX: Final = 10
N_DEFAULT: Final = 1
IMAGES_MAX: Final = 8
WAIT_MIN_S: Final = 0
WAIT_MAX_S: Final = 60
WAIT_AUTO: Final = "auto"
GET_WAIT_DEFAULT_S: Final = 0

# The values that the document itself gives as examples.
EXAMPLE_MODELS: Final[dict[str, Modality]] = {
    "flux-1.1-pro": "image",
    "veo-3": "video",
    "runway-gen4": "video",
}
EXAMPLE_ASPECT_RATIOS: Final = ("16:9", "1:1", "9:16")
EXAMPLE_SIZES: Final = ("1024x1024",)
EXAMPLE_DURATIONS: Final = (8, "8")
EXAMPLE_RESOLUTIONS: Final = ("720p", "1080p")

# Headers by state: "Cache-Control: private, max-age=60" and "Cache-Control: no-store".
TERMINAL_MAX_AGE_S: Final = 60

# The outer deadlines that the document suggests.
IMAGE_DEADLINE_S: Final = 300.0
VIDEO_DEADLINE_S: Final = 600.0
