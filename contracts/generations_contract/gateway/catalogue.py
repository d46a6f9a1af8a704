"""What the gateway offers: its models, its accounts, its house rules; and how a TOML file becomes that.

The packaged table is `catalogue.toml`; nothing about a particular model or account stands in code. A file
that does not fit is refused with one line (`CatalogueError`) that names the place and what to change.
"""

import difflib
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from generations_contract.api.vocabulary import Modality
from generations_contract.gateway.codes import Failure
from generations_contract.gateway.models import WAIT_MAX_S

Outcome = Literal["completed", "cancelled", Failure]


class CatalogueError(ValueError):
    """A catalogue that cannot be used; the message is one line for the person who wrote it."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _ascending(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError("the shorter time comes first")
    return span


# Never 0: a job created with wait 0 is answered as queued, so there must be a moment in which it is.
_Seconds = Annotated[float, Field(ge=0.001, le=86400, allow_inf_nan=False)]
Span = Annotated[tuple[_Seconds, _Seconds], AfterValidator(_ascending)]
_Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Pixels = Annotated[int, Field(ge=16, le=4096)]
_Ratio = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}:[1-9][0-9]{0,2}$")]
_Resolution = Annotated[str, Field(pattern=r"^[1-9][0-9]{1,3}p$")]


class Model(_Table):
    """One row of the models table. Times in seconds, drawn evenly from the span for each generation."""

    id: str = ""
    modality: Modality
    queued_s: Span
    running_s: Span
    price_usd: _Usd  # of one asset
    outcome: Outcome = "completed"
    failure_shows_as: Literal["http", "resource"] = "resource"
    restricted: bool = False
    deterministic: bool = False
    sized: bool = False
    side_min: _Pixels = 64
    side_max: _Pixels = 2048
    aspect_ratios: tuple[_Ratio, ...] = ()
    resolutions: tuple[_Resolution, ...] = ()
    durations_s: tuple[Annotated[float, Field(gt=0, le=60)], ...] = ()
    takes_images: bool = False
    side: _Pixels = 1024  # pictures: the square root of the area; clips: the shorter side
    duration_s: Annotated[float, Field(gt=0, le=60)] = 4.0


class Rate(_Table):
    """At most `posts` POSTs in any `window_s` seconds."""

    posts: Annotated[int, Field(ge=1)]
    window_s: Annotated[float, Field(gt=0)]


class Account(_Table):
    """One caller: its bearer key, and what it may spend (`credit_usd`) and ask (`rate`); None is no limit."""

    name: str = ""
    key: Annotated[str, Field(pattern=r"^ze_[A-Za-z0-9_-]+$")] = Field(repr=False)
    credit_usd: _Usd | None = None
    rate: Rate | None = None


_Window = Annotated[float, Field(ge=0, le=WAIT_MAX_S)]


class House(_Table):
    """Rules that hold for every model: the `auto` windows, Retry-After, limits and lifetimes."""

    auto_image_s: _Window = 60.0
    auto_video_s: _Window = 2.0
    retry_after_s: Annotated[int, Field(ge=0)] = 1
    url_lifetime_s: Annotated[int, Field(ge=600)] = 3600
    body_bytes_max: Annotated[int, Field(ge=256 * 1024)] = 1024 * 1024
    retention_s: Annotated[float, Field(ge=3600)] = 86400.0
    rejected_phrases: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    rejected_images: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class Catalogue(_Table):
    """All of it. `models` and `accounts` are keyed by id and name, in the file's order."""

    house: House = House()
    accounts: Annotated[dict[str, Account], Field(min_length=1)]
    models: Annotated[dict[str, Model], Field(min_length=1)]


def parse(tables: dict[str, Any]) -> Catalogue:
    """The catalogue in parsed TOML. Raises `CatalogueError`."""
    for kind, label in (("models", "id"), ("accounts", "name")):
        rows = tables.get(kind)
        if isinstance(rows, dict):
            named = {k: {**row, label: k} if isinstance(row, dict) else row for k, row in rows.items()}
            tables = {**tables, kind: named}
    try:
        catalogue = Catalogue.model_validate(tables)
    except ValidationError as error:
        raise CatalogueError(_explain(error)) from None
    keys = [account.key for account in catalogue.accounts.values()]
    if len(set(keys)) < len(keys):
        raise CatalogueError("accounts: two accounts have the same key; give each its own")
    return catalogue


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] != "extra_forbidden":
        return f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    known = _known_keys(first["loc"])
    close = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
    return f"{where}: unknown key" + (
        f", did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
    )


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    tables: dict[str, type[_Table]] = {"house": House, "models": Model, "accounts": Account}
    table = Rate if "rate" in loc[:-1] else tables.get(str(loc[0]), Catalogue)
    return [name for name in table.model_fields if name not in {"id", "name"}]


def load(path: Path) -> Catalogue:
    """The catalogue in a TOML file. Raises `CatalogueError` with one line."""
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror or error}") from None
    except CatalogueError as error:
        raise CatalogueError(f"{path}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"{path}: not TOML: {error}") from None


def packaged() -> str:
    """The text of the packaged table, `catalogue.toml` beside this module."""
    return files("generations_contract.gateway").joinpath("catalogue.toml").read_text("utf-8")


@cache
def default_catalogue() -> Catalogue:
    """The packaged table."""
    return parse(tomllib.loads(packaged()))


def faster(catalogue: Catalogue, speed: float) -> Catalogue:
    """The catalogue with jobs that are so many times as fast; windows and all else stay."""
    if speed == 1:
        return catalogue

    def shorter(span: Span) -> Span:
        return max(0.001, span[0] / speed), max(0.001, span[1] / speed)

    models = {
        name: model.model_copy(
            update={"queued_s": shorter(model.queued_s), "running_s": shorter(model.running_s)}
        )
        for name, model in catalogue.models.items()
    }
    return catalogue.model_copy(update={"models": models})
