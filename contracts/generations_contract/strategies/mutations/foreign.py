"""Keys of other image and video APIs, each with a value as those take it.

A gateway that has adopted one of them and documented it nowhere types it, too: a value of another type would be
refused for that, and the key stay unseen.
"""

from typing import Any, Final

FOREIGN_TOP: Final[dict[str, Any]] = {
    "stream": False,
    "webhook": "https://hooks.example/done",
    "webhook_url": "https://hooks.example/done",
    "callback_url": "https://hooks.example/done",
    "metadata": {"order": "4711"},
    "tags": ["test"],
    "user": "someone",
    "id": "gen_1",
    "status": "queued",
    "idempotency_key": "4711",
    "provider": "fal",
    "priority": "high",
    "timeout": 60,
    "response_format": "url",
    "extra": {},
    "x-source": "web",
    "parameters": {},
    "style": "vivid",
    "quality": "high",
}
FOREIGN_NESTED: Final[dict[str, Any]] = {
    "steps": 30,
    "num_inference_steps": 30,
    "guidance_scale": 7.5,
    "cfg": 7,
    "cfg_scale": 7,
    "strength": 0.8,
    "scheduler": "euler",
    "style": "vivid",
    "quality": "high",
    "width": 512,
    "height": 512,
    "ratio": "16:9",
    "fps": 24,
    "num_frames": 120,
    "num_images": 1,
    "image": "https://images.example/cat.png",
    "image_url": "https://images.example/cat.png",
    "image_urls": ["https://images.example/cat.png"],
    "first_frame": "https://images.example/cat.png",
    "last_frame": "https://images.example/cat.png",
    "mask": "https://images.example/mask.png",
    "text": "A beautiful sunset",
    "audio": True,
    "generate_audio": True,
    "output_format": "png",
    "background": "transparent",
    "loras": [],
    "x-source": "web",
    "safety_tolerance": 2,
    "prompt_upsampling": False,
}
