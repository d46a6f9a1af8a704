"""Lies about fields for which a model has no use: they are ignored, and paid for. Section `request`."""

from dataclasses import replace

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import creating, fields, image, video

IGNORED = "request.irrelevant-ignored"


@fault("request-n-on-video-billed", breaks={IGNORED}, at="job")
def n_on_video_billed(call: Call, job: Job) -> Job:
    """`n` on a video model makes one clip, and a bill for n."""
    count = call.asked.n if creating(call) and video(call) and call.asked else 1
    return replace(job, cost_usd=round(job.cost_usd * int(count), 6))


@fault("request-resolution-on-images-billed", breaks={IGNORED}, at="job")
def resolution_on_images_billed(call: Call, job: Job) -> Job:
    """Several pictures with a `resolution` of 1080p, which nothing reads, are billed by the price list of clips."""
    several = creating(call) and image(call) and len(job.assets) > 1
    dear = several and fields(call.document).get("resolution") == "1080p"
    return replace(job, cost_usd=round(job.cost_usd * 1.5, 6)) if dear else job
