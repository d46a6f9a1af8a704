"""What the benchmark gives each tool to run: the same polls, in each tool's own words.

Placeholders in capitals are replaced by `bench_load`. Each script writes n, p50, p99 and max of latency - hold
(seconds, by the server's own stamp, for polls started after the ramp) to the file that BENCH_OUT names.
"""

from typing import Final

LOCUST: Final = """
import json, os, time
from locust import constant, events, task
from locust import KIND as Kind
from hdrh.histogram import HdrHistogram

seen, steady = HdrHistogram(1, 3_600_000_000, 3), [float("inf")]

@events.spawning_complete.add_listener
def spawned(**_):
    steady[0] = time.perf_counter() + 0.5

@events.quitting.add_listener
def report(**_):
    at = lambda share: seen.get_value_at_percentile(share) / 1e6
    found = {"n": seen.get_total_count(), "p50": at(50), "p99": at(99), "max": seen.get_max_value() / 1e6}
    with open(os.environ["BENCH_OUT"], "w") as file:
        json.dump(found, file)

class Poller(Kind):
    wait_time = constant(0)
    network_timeout = 75.0

    def on_start(self):
        body = {"model": "runway-gen4", "input": {"prompt": "x"}, "wait": 0}
        self.name = self.client.post("/v1/generations", json=body).json()["id"]

    @task
    def poll(self):
        sent = time.perf_counter()
        answer = self.client.get(f"/v1/generations/{self.name}?wait=HOLD", name="poll")
        taken = time.perf_counter() - sent
        stamp = answer.headers.get("server-timing") if answer.headers else None
        if stamp and sent >= steady[0]:
            seen.record_value(max(0, int((taken - float(stamp.partition("dur=")[2]) / 1000) * 1e6)))
"""
K6: Final = """
import http from 'k6/http';
import { Trend } from 'k6/metrics';
const error = new Trend('generator_error', true);
export const options = { scenarios: { polls: { executor: 'ramping-vus', startVUs: 0, gracefulStop: '0s',
  gracefulRampDown: '0s', stages: [{ duration: 'RAMPs', target: USERS },
    { duration: 'STAYs', target: USERS }] } },
  summaryTrendStats: ['count', 'p(50)', 'p(99)', 'max'] };
const begun = Date.now();
let name = null;
export default function () {
  if (!name) {
    const body = JSON.stringify({ model: 'runway-gen4', input: { prompt: 'x' }, wait: 0 });
    const headers = { 'Content-Type': 'application/json' };
    name = http.post('URL/v1/generations', body, { headers }).json().id;
  }
  const sent = Date.now();
  const answer = http.get(`URL/v1/generations/${name}?wait=HOLD`, { timeout: '75s' });
  const held = parseFloat((answer.headers['Server-Timing'] || 'dur=NaN').split('dur=')[1]);
  if (sent - begun > (RAMP + 1) * 1000 && !isNaN(held)) error.add(answer.timings.duration - held);
}
export function handleSummary(data) {
  const found = data.metrics.generator_error ? data.metrics.generator_error.values : {};
  return { [__ENV.BENCH_OUT]: JSON.stringify({ n: found.count, p50: found['p(50)'] / 1000,
    p99: found['p(99)'] / 1000, max: found.max / 1000 }) };
}
"""
PROFILE: Final = """[target]
base_url = "URL"
[models]
image = "flux-1.1-pro"
video = "runway-gen4"
slow = "runway-gen4"
[limits]
max_cost_usd = 1000000
max_generations = 1000000
max_time_s = 3600
"""
PLAN: Final = "[mix]\nfull-window = 1\n[scenario.full-window]\nwait_s = HOLD\npolls = 100000\n"
