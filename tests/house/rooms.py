"""The law of the house, as tables: who may import whom, who owns a library, what may be long.

The tables are literal and exact: a new folder is given its row here, and thereby a reason; a row claims no more than
there is. `test_architecture` holds the code against them.
"""

from typing import Final

# Import name -> the directory in which it stands, and the extra that its installation needs.
PACKAGES: Final = {"generations_contract": ("contracts", ""), "generations_load": ("loadtests", "load")}

# A row a folder, from the ground up: what it imports from. Doors are modules that stand in no folder; "load" is
# `generations_load`. That a folder rests on the one around it goes without saying. There is no circle among them.
# `python -m tests.house.test_architecture` prints the rows as the code has them.
FOLDERS: dict[str, set[str]] = {
    "forms": set(),
    "options": set(),
    "gateway.tampers": set(),
    "media": set(),
    "containment.regex": set(),
    "load.measure": set(),
    "api": {"forms"},
    "as_pytest": {"forms"},
    "gateway.doors": {"gateway.tampers"},
    "containment.terms": {"api"},
    "document": {"api"},
    "exchange": {"api"},
    "gateway.tampers.faults": {"api"},
    "gateway.tampers.variants": {"api"},
    "oracle": {"api"},
    "load.embedded": {"api"},
    "gateway": {"api", "gateway.doors"},
    "containment.solve": {"containment.regex", "containment.terms"},
    "money": {"api", "exchange"},
    "scripts": {"api", "exchange"},
    "strategies.mutations": {"api", "oracle"},
    "containment": {"api", "containment.regex", "containment.solve", "containment.terms"},
    "wire": {"api", "exchange", "forms", "gateway", "scripts"},
    "strategies": {"api", "exchange", "oracle", "scripts", "strategies.mutations"},
    "regression.versions": {"api", "containment"},
    "recordings": {"api", "exchange", "forms", "wire"},
    "load.transport": {"api", "exchange", "scripts", "wire"},
    "probes": {"api", "exchange", "scripts", "strategies"},
    "regression.edits": {"api", "containment", "regression.versions"},
    "judging": {"api", "document", "exchange", "forms", "money", "recordings"},
    "regression.verdicts": {"api", "containment", "regression.edits", "regression.versions"},
    "clauses.facts": {"api", "exchange", "judging", "media", "oracle"},
    "report": {"api", "exchange", "forms", "judging", "recordings"},
    "regression.report": {"api", "containment", "forms", "regression.verdicts", "regression.versions"},
    "clauses": {"api", "clauses.facts", "exchange", "judging"},
    "clauses.client": {"api", "clauses.facts", "exchange", "judging"},
    "clauses.errors": {"api", "clauses.facts", "exchange", "judging"},
    "clauses.lifecycle": {"api", "clauses.facts", "exchange", "judging"},
    "clauses.media": {"api", "clauses.facts", "exchange", "judging", "media"},
    "clauses.request": {"api", "clauses.facts", "exchange", "judging", "oracle"},
    "clauses.response": {"api", "clauses.facts", "exchange", "judging"},
    "clauses.wait": {"api", "clauses.facts", "exchange", "judging"},
    "memory": {"api", "clauses.facts", "exchange"},
    "audit": {"api", "clauses", "document", "exchange", "judging", "options", "recordings", "report"},
    "catalogues": {"clauses", "document", "gateway.tampers", "regression.verdicts"},
    "clients": {
        "api", "clauses", "exchange", "forms", "gateway", "gateway.doors", "gateway.tampers", "judging",
        "recordings", "report", "wire",
    },
    "own_client": {
        "api", "clauses", "document", "exchange", "gateway", "gateway.doors", "gateway.tampers", "judging",
        "recordings", "report", "wire",
    },
    "load.judging": {
        "api", "clauses", "clauses.facts", "exchange", "forms", "judging", "load.measure", "load.transport",
        "money", "recordings",
    },
    "run": {
        "api", "clauses", "clauses.facts", "document", "exchange", "forms", "gateway", "judging", "memory",
        "money", "options", "oracle", "own_client", "probes", "recordings", "report", "scripts", "strategies",
        "wire",
    },
    "load.scenarios": {"api", "exchange", "load.judging", "scripts"},
    "load.verdict": {"api", "load.judging", "load.measure"},
    "explain": {
        "api", "clauses", "clients", "document", "gateway.tampers", "judging", "probes", "regression.verdicts",
        "run", "scripts",
    },
    "plugin": {"api", "options", "own_client", "recordings", "run"},
    "regression": {
        "api", "audit", "containment", "exchange", "judging", "money", "options", "recordings",
        "regression.edits", "regression.report", "regression.verdicts", "regression.versions", "run", "scripts",
        "wire",
    },
    "load.plan": {"api", "exchange", "load.embedded", "load.measure", "load.scenarios", "load.verdict", "wire"},
    "load.report": {"forms", "load.judging", "load.measure", "load.verdict"},
    "init": {"api", "regression"},
    "load.command": {"api", "load.embedded", "load.plan"},
    "load.play": {
        "api", "document", "exchange", "load.judging", "load.measure", "load.plan", "load.scenarios",
        "load.transport", "money", "scripts", "wire",
    },
    "cli": {
        "api", "audit", "catalogues", "clients", "explain", "forms", "gateway.doors", "init", "judging",
        "load.command", "options", "regression",
    },
    "load.under_locust": {
        "api", "exchange", "load.embedded", "load.judging", "load.measure", "load.plan", "load.play",
        "load.report", "load.scenarios", "load.transport", "load.verdict", "money", "run",
    },
}  # fmt: skip
# Of a folder that it may import from, these modules only.
NARROW: dict[str, set[str]] = {
    # The reference shares the document's words with the clauses, and no reading of them (decision 4).
    "gateway": {"api.vocabulary"},
    # A clause judges exchanges: no I/O, no clock, no verdict, no profile, no gateway.
    "clauses": {"api.schema", "api.schema_files", "api.terms", "api.vocabulary", "judging.clause"},
}
# Who may import what others must do without; a package stands for all in it.
OWNERS: dict[str, set[str]] = {
    "httpx": {"own_client.mount", "own_client.watch", "wire.deadline", "wire.stage", "wire.transport"},
    "httpcore": {"wire.deadline"},
    "respx": {"own_client.mount", "wire.stage"},
    "locust": {
        "load.transport.client", "load.under_locust.endings", "load.under_locust.lead", "load.under_locust.locust_stats",
        "load.under_locust.locustfile", "load.under_locust.population", "load.under_locust.selftest",
        "load.under_locust.wiring", "load.under_locust.worker",
    },
    "gevent": {
        "load.play.driver", "load.play.runtime", "load.transport.client", "load.transport.connection",
        "load.transport.deadlines", "load.under_locust.endings", "load.under_locust.lead",
        "load.under_locust.population",
        "load.under_locust.selftest", "load.under_locust.worker",
    },
    "geventhttpclient": {"load.transport.client"},
    "httptools": {"load.transport.client", "load.transport.connection"},
    "flask": {"load.under_locust.webui"},
    "psutil": {"load.play.runtime", "load.under_locust.endings"},
    "hdrh": {"load.measure.metrics"},
    "uvicorn": {"gateway.doors.server"},
    "PIL": {"gateway.render", "gateway.tampers.faults.media", "gateway.tampers.variants.assets", "media"},
    "av": {"gateway.render", "media"},
    "jinja2": {"forms.html"},
    "yaml": {"api.documents", "regression"},
    "hypothesis": {"probes", "run.drawn", "scripts.examples", "strategies"},
    "pytest": {"as_pytest", "own_client.mount", "own_client.process_clock", "own_client.virtual_time", "plugin", "probes", "run"},
    "time": {
        "clients.play", "clients.serving", "containment",
        "gateway.doors.asgi", "gateway.doors.serve", "load.embedded", "load.play.runtime", "load.transport.client",
        "load.transport.deadlines", "load.under_locust.control", "load.under_locust.lead",
        "load.under_locust.population", "own_client.process_clock", "own_client.tap", "own_client.tee", "own_client.virtual_time", "own_client.watch", "regression", "run",
        "wire.deadline", "wire.preflight", "wire.stage",
    },
    "random": {"containment", "load.plan.backoff", "load.plan.shapes", "load.play.runtime", "load.scenarios"},
    "secrets": {"gateway.doors.serve", "run.seeds", "run.setting", "wire.redaction"},
    "subprocess": {"cli", "load.command", "load.embedded", "regression.git"},
    "unittest": set(),
}  # fmt: skip
# Names under which distributions are imported; and what comes with another one that is declared.
IMPORTED_AS: Final = {"pillow": "PIL", "pyyaml": "yaml", "hdrhistogram": "hdrh", "pytest-xdist": "xdist"}
COMES_WITH: Final = {
    "httpcore": "httpx", "gevent": "locust", "flask": "locust", "psutil": "locust", "markupsafe": "jinja2",
    "jsonschema_specifications": "jsonschema",
}  # fmt: skip
LONGEST_MODULE: Final = 300
LONGEST_FUNCTION: Final = 50
# Up to 400 lines where a split would cut through one idea; ten rows at the most.
LONGER_MODULES: dict[str, str] = {
    "contracts/generations_contract/containment/decide.py": "one question and the three rules it is answered by",
    "contracts/generations_contract/gateway/tampers/faults/errors.py": "the lies of one section, about errors",
    "contracts/generations_contract/gateway/tampers/faults/media.py": "the lies of one section, about URLs and bytes",
    "contracts/generations_contract/gateway/tampers/faults/wait.py": "the lies of one section, about times",
    "tests/clients/habits.py": "one client that stands by itself, with all its habits",
    "tests/evolution_edits.py": "one table of edits",
    "tests/newcomer_edits.py": "five edits, as literal text",
}
LONGEST_WITH_REASON: Final = 400
MOST_WITH_REASON: Final = 10
