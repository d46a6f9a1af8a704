"""The form of a memory file: bounded, without secrets, and the same for every run of one target."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = 1
# The newest generations are kept, and of endless variety some.
MOST_GENERATIONS: Final = 200
MOST_ASSETS: Final = 10
MOST_SUBJECTS: Final = 200
MOST_BEHAVIOURS: Final = 20
LONGEST_TEXT: Final = 200

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Moment = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Observed = dict[Text, dict[Text, Annotated[list[Text], Field(max_length=MOST_BEHAVIOURS)]]]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(_Form):
    """A media entry. `url`: without query; `signed`: whether it had one; `expires_unix`: what it claimed."""

    url: Annotated[str, Field(max_length=2000)] | None = None
    signed: bool = False
    expires_unix: Moment | None = None
    type: Text | None = None
    format: Text | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None


class Generation(_Form):
    """A generation as it was last seen, or first seen when it had ended; moments in Unix seconds.

    `key`: a mark of the account's key, too short to say anything of it, by which another key is noticed.
    """

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    account: Text
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{6}$")]
    created_unix: Moment
    seen_unix: Moment
    asked_model: Text | None = None
    model: Text | None = None
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    created_at: Text | None = None
    completed_at: Text | None = None
    cost_usd: float | None = None
    code: Text | None = None
    media: Annotated[list[Entry], Field(max_length=MOST_ASSETS)] = []

    @property
    def ended(self) -> bool:
        """Whether it was seen in a terminal state."""
        return self.status not in ("queued", "running")


class Memory(_Form):
    """The whole file. `target`: host, port and path; `observed`: clause -> subject -> behaviours."""

    format: Literal[1] = FORMAT
    target: Text
    observed: Annotated[Observed, Field(max_length=MOST_SUBJECTS)] = {}
    generations: Annotated[list[Generation], Field(max_length=MOST_GENERATIONS)] = []

    def with_generations(self, seen: list[Generation], gone: set[str]) -> "Memory":
        """The same, and these, without those that are `gone`; an id that was given anew is the new one's."""
        known = {each.id: each for each in self.generations if each.id not in gone}
        known |= {each.id: each for each in seen}
        newest = sorted(known.values(), key=lambda each: each.created_unix, reverse=True)
        return self.model_copy(update={"generations": newest[:MOST_GENERATIONS]})
