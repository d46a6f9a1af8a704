"""`locust -f loadtests/locustfile.py`: what locust runs of the load suite; the wiring is in the package."""

from generations_load.under_locust.locustfile import Arrivals, LongPolls

__all__ = ["Arrivals", "LongPolls"]
