"""Which version of the schemas this process judges by: chosen once, before anything has read them.

An option wins over the profile, the profile over the environment variable, and without any of them it is the
suite's own. The choice is left in that variable, so that parallel workers and subprocesses follow it. Nothing
that reads the schemas may be imported before this is called.
"""

import json
import os
from pathlib import Path

from generations_contract.api import schema_files, toml_file
from generations_contract.api.schema_files import NAMES, VARIABLE
from generations_contract.api.usage import UsageError


def choose(option: str | Path | None = None, profile: str | None = None) -> None:
    """Judge by the version that the option names, else the profile (a file, or a URL, which names none).

    Raises `UsageError` for a version that cannot be read or that the suite cannot judge by, and where this
    process has already read another one.
    """
    named = Path(option) if option is not None else _of_profile(profile)
    if named is not None:
        _set(named.absolute())
    elif os.environ.get(VARIABLE):
        _set(schema_files.directory())


def _of_profile(profile: str | None) -> Path | None:
    """What `[target] schemas` says, beside the profile; all else in it is not looked at yet."""
    if not profile or "://" in profile:
        return None
    path = Path(profile)
    try:
        text = toml_file.text_of(path)
    except UsageError:
        return None  # whoever wants more of it says so, in words of its own
    target = toml_file.tables(text, str(path)).get("target")
    named = target.get("schemas") if isinstance(target, dict) else None
    # What is no text gets its complaint when the profile is held against its model.
    return path.parent / named if isinstance(named, str) and named else None


def _set(place: Path) -> None:
    place = Path(os.path.normpath(place))
    if schema_files.is_read():
        known = schema_files.version()
        if known.place != place:
            raise UsageError(
                f"{place}: this process has read the schemas already ({known.label}); "
                "choose a version before anything is judged"
            )
        return
    found = schema_files.read(place)
    _check(found)
    os.environ[VARIABLE] = str(place)
    _take_words(found)


def _check(found: schema_files.Version) -> None:
    from generations_contract.api import schema_checks

    if found.label == schema_files.OWN:
        return
    try:
        schema_checks.check({name: json.loads(found.texts[name]) for name in NAMES})
    except UsageError as error:
        raise UsageError(f"{found.label}: {error}") from None
    except RecursionError:
        raise UsageError(f"{found.label}: the schemas are nested too deeply") from None


def _take_words(found: schema_files.Version) -> None:
    """Let the vocabulary read its tables now: what is not where it looks is told here, and not by a traceback."""
    try:
        from generations_contract.api import vocabulary  # noqa: F401
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise UsageError(f"{found.label}: the suite does not find its words in the schemas: {told}") from None
