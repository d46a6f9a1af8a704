"""The document's quickstart as it stands; address, key and request are the environment's, the download is added."""

import os

import requests

GATEWAY = os.environ["GATEWAY_URL"]
YOUR_API_KEY = os.environ["GATEWAY_API_KEY"]

# 1. Create the generation. wait="auto" long-polls (up to 60s).
res = requests.post(  # noqa: S113
    f"{GATEWAY}/v1/generations",
    headers={"Authorization": f"Bearer {YOUR_API_KEY}"},
    json={
        "model": os.environ["GATEWAY_MODEL"],
        "input": {"prompt": os.environ["GATEWAY_PROMPT"]},
        "wait": "auto",
    },
)
job = res.json()

# 2. If it didn't finish in time, poll the same resource.
while job["status"] in ("queued", "running"):
    res = requests.get(  # noqa: S113
        f"{GATEWAY}/v1/generations/{job['id']}",
        params={"wait": 60},
        headers={"Authorization": f"Bearer {YOUR_API_KEY}"},
    )
    job = res.json()

if job["status"] == "completed":
    print("image:", job["output"]["media"][0]["url"])  # noqa: T201
    # Not in the document: what is to be had is copied.
    with open("image", "wb") as file:  # noqa: PTH123
        file.write(requests.get(job["output"]["media"][0]["url"]).content)  # noqa: S113
else:
    print("failed:", job["error"]["message"])  # noqa: T201
