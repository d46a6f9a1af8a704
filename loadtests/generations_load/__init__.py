"""The load suite: thousands of long polls, measured truthfully, judged by the contract.

`locustfile` is what locust runs; `scenarios` say what a client does, `shapes` how many of them there are,
`metrics` what was seen, `fitness` whether the generator can be believed, `slo` whether it was good enough.
"""
