"""What git knows of versions: tags, objects and days. Whatever it refuses is one line."""

import subprocess

from generations_contract.api.usage import UsageError


def tags_between(first: str, last: str) -> list[str]:
    """The tags that a revision contains and another does not, oldest first; all of them where none is named."""
    beyond = ["--no-merged", _revision(first)] if first else []
    listed = run(f"{first}..{last}", "tag", "--sort=creatordate", "--merged", _revision(last), *beyond)
    return listed.decode().split()


def object_at(revision: str, path: str) -> str:
    """What git calls the file or directory at a revision; nothing where it is not there."""
    run(revision, "rev-parse", "--verify", "--quiet", f"{_revision(revision)}^{{commit}}")
    try:
        return run(revision, "rev-parse", "--verify", f"{revision}:{path}").decode().strip()
    except UsageError:
        return ""


def day_of(revision: str) -> str:
    """The day of a revision's commit, as `YYYY-MM-DD`."""
    return run(revision, "log", "-1", "--format=%cs", _revision(revision)).decode().strip()


def _revision(named: str) -> str:
    if named.startswith("-"):
        raise UsageError(f"{named}: is no revision")
    return named


def run(spec: str, *arguments: str) -> bytes:
    """What git prints; `spec` is what a complaint names. Raises `UsageError`."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError as error:
        raise UsageError(f"{spec}: git cannot be run: {error.strerror}") from error
    if done.returncode:
        line = (done.stderr.decode(errors="replace").splitlines() or ["git failed"])[0]
        raise UsageError(f"{spec}: {line}")
    return done.stdout
