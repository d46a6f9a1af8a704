"""The reference gateway, without a wire and without a clock.

Everything that decides what the gateway answers, and when, is reached from here; nothing here sends, sleeps
or looks at a clock. Time comes in as `now` and goes out as `Reply.at`. The one decision worth knowing: a
job is a timeline fixed on POST (`jobs`), so an answer about any moment can be given at once, and waiting is
arithmetic.

Each decision passes through a named seam (`seams`), where a fault may tell its lie.

Order on POST: key (401), rate (429), size (413), form (400), model known (400), what depends on the model
(400), model enabled (403), credit (402), policy (422). On GET: key (401), id (404), wait (400): an unknown
id is not found "whatever `wait` says". A provider that fails shows as its HTTP status only on a POST that
still waits when it happens, and only on models whose `failure_shows_as` is "http"; the generation exists
then too (`Location` names it), and a later GET shows it as failed. `internal_error` never happens.
"""

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Any, TypeVar

from generations_contract.api.vocabulary import FAILED, GENERATIONS_PATH, GET_WAIT_DEFAULT_S, WAIT_AUTO
from generations_contract.gateway import accounts, answers, checks
from generations_contract.gateway.accounts import LedgerLine
from generations_contract.gateway.catalogue import Catalogue, default_catalogue
from generations_contract.gateway.codes import MESSAGES
from generations_contract.gateway.holds import Holds
from generations_contract.gateway.hooks import Call, Fault, Record, Tamper
from generations_contract.gateway.jobs import Asset, Job, Planner
from generations_contract.gateway.media import MEDIA_PATH, REFUSED, Signer, asset_response
from generations_contract.gateway.models import read_leniently, read_wait
from generations_contract.gateway.wire import Problem, Reply, Request

T = TypeVar("T")
EPOCH = 1_776_513_600.0  # the document's own example: 2026-04-18T12:00:00Z


class Gateway:
    """`receive` answers a request; `dropped` is told when the client does not stay for the answer.

    `now` is seconds on any clock that never goes back; `epoch` is the Unix time at `now == 0`. Without a
    `secret`, everything the gateway draws follows from `seed`; serve it with one that nobody knows.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        origin: str = "https://gateway.test",
        epoch: float = EPOCH,
        seed: int = 0,
        secret: bytes | None = None,
        tampers: Iterable[Fault] = (),
    ) -> None:
        self.catalogue = catalogue or default_catalogue()
        self.epoch = epoch
        self.books = [accounts.AccountBook(account) for account in self.catalogue.accounts.values()]
        self.records: dict[str, Record] = {}
        self.holds = Holds()
        self.memory: dict[str, Any] = {}
        secret = secret or hashlib.blake2b(str(seed).encode(), digest_size=32).digest()
        self.planner = Planner(secret, epoch)
        self.signer = Signer(origin.rstrip("/"), secret, self.catalogue.house.url_lifetime_s)
        self._posts = self._gets = 0
        self._tampers: dict[str, list[Tamper]] = {}
        for fault in tampers:
            for seam, told in fault.seams.items():
                self._tampers.setdefault(seam, []).extend(told)

    @property
    def ledger(self) -> tuple[LedgerLine, ...]:
        """What was accepted and billed so far, by account."""
        return accounts.ledger(self.books)

    def at(self, seam: str, call: Call, value: T) -> T:
        """The value as the seam's tampers leave it."""
        for tamper in self._tampers.get(seam, ()):
            value = tamper(call, value)
        return value

    # ---- what an adapter calls

    def receive(self, request: Request, now: float) -> Reply:
        """Decide everything about one request that arrived whole at `now`; never raises on what it says."""
        path = request.path
        if path.startswith(MEDIA_PATH):
            return self._download(Call(self, request, now, "download"))
        operation = checks.operation_of(request.method, path)
        call = Call(self, request, now, operation)
        if operation == "create":
            self._posts += 1
        elif operation == "fetch":
            self._gets += 1
        call.nth_post, call.nth_get = self._posts, self._gets
        reply = self._answer(call)
        if reply.at > now and call.record is not None:
            self.holds.hold(now, reply.at)
            call.record.holds.hold(now, reply.at)
        return reply

    def dropped(self, reply: Reply, now: float) -> None:
        """The client hung up at `now`, before `reply.at`. To an honest gateway's job that is nothing."""
        call = reply.call
        if call is None or call.record is None or reply.at <= now:
            return
        self.holds.drop(reply.at)
        call.record.holds.drop(reply.at)
        call.now = now
        call.keep(self.at("dropped", call, call.job))

    # ---- the two operations

    def _answer(self, call: Call) -> Reply:
        problem = checks.authenticate(call)
        if problem is not None:
            problem = self.at("problem", call, problem)
        if problem is not None:
            return self._refuse(call, problem)
        if call.operation == "create":
            return self._create(call)
        if call.operation == "fetch":
            return self._fetch(call)
        return self._refuse(call, self.at("problem", call, checks.route(call)) or checks.NOT_FOUND)

    def _create(self, call: Call) -> Reply:
        for check in checks.CREATE:
            problem = check(call)
            if problem is not None:
                problem = self.at("problem", call, problem)
                if problem is not None:
                    return self._refuse(call, problem)
        problem = self.at("problem", call, None)
        return self._accept(call) if problem is None else self._refuse(call, problem)

    def _accept(self, call: Call) -> Reply:
        """Fix the timeline, keep it, bill it, and answer for it."""
        call.asked = asked = self.at("asked", call, call.asked or read_leniently(call.document))
        call.model = model = call.model or next(iter(self.catalogue.models.values()))
        account = call.account or self.books[0]
        call.record = Record(self.planner.plan(model, asked, call.now), model, account)
        call.record.job = job = self.at("job", call, call.record.job)
        self._forget(call.now)
        self.records[job.id] = call.record
        account.bill(job.cost_usd)
        house = self.catalogue.house
        auto_s = house.auto_video_s if model.modality == "video" else house.auto_image_s
        call.wait_s = auto_s if asked.wait == WAIT_AUTO else float(asked.wait)
        return self._show(call, job)

    def _forget(self, now: float) -> None:
        """Let go of the oldest generations once their time is over, one or two for each that comes."""
        for id_, record in list(islice(self.records.items(), 2)):
            if record.job.ends_at + self.catalogue.house.retention_s < now:
                del self.records[id_]

    def _fetch(self, call: Call) -> Reply:
        record = self.records.get(call.request.path.rpartition("/")[2])
        if record is not None and record.account is not call.account:
            record = None
        call.record = record = self.at("lookup", call, record)
        if record is None:
            return self._refuse(call, self.at("problem", call, checks.NOT_FOUND) or checks.NOT_FOUND)
        record.polls += 1
        call.nth_poll, call.model = record.polls, record.model
        wait = read_wait(call.request.query("wait"))
        call.wait_s = GET_WAIT_DEFAULT_S if wait is None or isinstance(wait, Problem) else wait
        problem = self.at("problem", call, wait if isinstance(wait, Problem) else None)
        if problem is not None:
            return self._refuse(call, problem)
        return self._show(call, self.at("job", call, record.job))

    # ---- answers

    def _show(self, call: Call, job: Job) -> Reply:
        """The job as it is when it ends or the window closes, whichever comes first."""
        window = self.at("window", call, call.wait_s or 0.0)
        due = self.at("answer_at", call, min(call.now + window, max(call.now, job.ends_at)))
        moment = self.at("moment", call, due)
        status = job.status_at(moment)
        if (
            status == FAILED
            and call.operation == "create"
            and call.model
            and call.model.failure_shows_as == "http"
        ):
            code = job.error_code or "internal_error"
            return self._refuse(call, Problem(code, MESSAGES[code], headers=(_location(job),)), due)
        document = self.at("resource", call, answers.resource(job, moment, self.epoch, self.signer))
        headers = answers.state_headers(status, self.catalogue.house.retry_after_s)
        if call.operation == "create":
            headers.append(_location(job))
        return self._reply(call, due, 200, headers, document)

    def _refuse(self, call: Call, problem: Problem, due: float | None = None) -> Reply:
        status, document = self.at("problem_body", call, (problem.status, problem.envelope()))
        headers = [("Cache-Control", "no-store"), *problem.headers]
        return self._reply(call, call.now if due is None else due, status, headers, document)

    def _reply(
        self, call: Call, due: float, status: int, headers: list[tuple[str, str]], document: object
    ) -> Reply:
        headers = [("Content-Type", "application/json"), *headers, answers.hold_header(due - call.now)]
        headers = self.at("headers", call, headers)
        reply = Reply(due, status, tuple(headers), answers.encode(document), call)
        return self.at("reply", call, reply)

    # ---- downloads

    def _download(self, call: Call) -> Reply:
        request, now = call.request, call.now
        asset = self._asset(request.path[len(MEDIA_PATH) :], now)
        if request.method != "GET":
            problem = Problem("method_not_allowed", "A download takes GET only.", headers=(("Allow", "GET"),))
        elif not self.at("signature", call, self.signer.good(request, self.epoch + now)):
            problem = REFUSED
        elif asset is None:
            problem = Problem("not_found", "There is no such asset.")
        else:
            return self.at("asset", call, Reply(now, *asset_response(asset), call))
        headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *problem.headers)
        return self.at(
            "asset", call, Reply(now, problem.status, headers, answers.encode(problem.envelope()), call)
        )

    def _asset(self, name: str, now: float) -> Asset | None:
        record = self.records.get(name.rpartition(".")[0].partition("-")[0])
        if record is None or now < record.job.ends_at:
            return None
        return next((asset for asset in record.job.assets if asset.name == name), None)


def _location(job: Job) -> tuple[str, str]:
    """Where the generation is fetched: on a 502 or 504 the only place that still names it."""
    return "Location", f"{GENERATIONS_PATH}/{job.id}"
