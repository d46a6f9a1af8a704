"""What provokes our rule: on the embedded gateway, or with `--contract-target staging.toml` on a real one."""

from generations_contract.api.target import Target
from generations_contract.scripts import Create, Script, probe, until_terminal


@probe("house.hold-is-stamped", depth="quick")
def test_every_answer_is_stamped(target: Target) -> Script[None]:
    """A job that is created at once, and then followed by polls of ten seconds to its end."""
    created = yield Create(target.request(wait=0))
    yield from until_terminal(created, wait=10)
