"""How much hypothesis draws in a contract test; apart from `probe`, because load tests do without hypothesis."""

from typing import Final

from hypothesis import HealthCheck, Phase, settings

# The seed comes from the run, so no database; a virtual gateway is shared by all examples, and a live one is as slow
# as it is. Without the phase that explains by lines of code, and traces every one of them: a breach explains itself.
drawn: Final = settings(
    max_examples=40,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
