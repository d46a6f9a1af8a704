"""Lies about clips as asked for, and about URLs that nobody signed, or that do not last. Section `media`."""

from dataclasses import replace

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    Document,
    creating,
    fields,
    image,
    media,
    signed_for,
    video,
)

SIZE, SIGNATURE, LIFETIME = "media.requested-size", "media.signature", "media.lifetime"


@fault("media-duration-text-ignored", breaks={SIZE}, at="job")
def duration_text_ignored(call: Call, job: Job) -> Job:
    """A `duration` that is a text is not read: the clip has the model's own length."""
    unread = creating(call) and video(call) and isinstance(fields(call.document).get("duration"), str)
    if not unread or call.model is None:
        return job
    return replace(job, assets=tuple(replace(each, duration_s=call.model.duration_s) for each in job.assets))


@fault("media-resolution-ignored-upright", breaks={SIZE}, at="job")
def resolution_ignored_upright(call: Call, job: Job) -> Job:
    """Upright clips are made in one resolution only, whatever was asked for."""
    asked = creating(call) and video(call) and "resolution" in fields(call.document)
    upright = asked and any(each.height > each.width for each in job.assets)
    return (
        replace(job, assets=tuple(replace(each, width=540, height=960) for each in job.assets))
        if upright
        else job
    )


def _bare(document: Document) -> Document:
    return media(document, lambda _, entry: {**entry, "url": entry["url"].partition("?")[0]})


@fault("media-urls-unsigned", breaks={SIGNATURE}, at="resource")
def urls_unsigned(_: Call, document: Document) -> Document:
    """URLs are plain addresses in a public bucket."""
    return _bare(document)


@urls_unsigned.also("signature")
def _public(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    return good or "?" not in call.request.target


@fault("media-urls-of-several-unsigned", breaks={SIGNATURE}, at="resource")
def urls_of_several_unsigned(call: Call, document: Document) -> Document:
    """Several pictures lie in the public bucket of the gallery; their URLs tell an expiry, and nothing holds to it."""
    several = image(call) and len(call.job.assets) > 1
    plain = media(document, lambda _, entry: {**entry, "url": entry["url"].partition("&")[0]})
    return plain if several else document


@urls_of_several_unsigned.also("signature")
def _gallery(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    return good or (".png" in call.request.target and not call.request.query("X-Amz-Signature"))


@fault("media-newest-url-only", breaks={LIFETIME}, at="resource")
def newest_url_only(call: Call, document: Document) -> Document:
    """Every answer has a new URL, and with it the one before is withdrawn."""
    shown = signed_for(call, document, 3600)
    newest: dict[str, str] = call.memory.setdefault("newest", {})
    for entry in (shown["output"] or {"media": []})["media"]:
        address, _, query = entry["url"].partition("?")
        newest[address.rpartition("/")[2]] = query
    return shown


@newest_url_only.also("signature")
def _withdrawn(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    path, _, query = call.request.target.partition("?")
    return good and call.memory.get("newest", {}).get(path.rpartition("/")[2], query) == query
