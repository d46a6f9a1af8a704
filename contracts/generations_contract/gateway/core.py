"""The reference gateway, without a wire and without a clock.

Everything that decides what the gateway answers, and when, is reached from here; nothing here sends, sleeps
or looks at a clock. Time comes in as `now` and goes out as `Reply.at`. A job is a timeline fixed on POST
(`jobs`), so an answer about any moment can be given at once, and waiting is arithmetic. What has to be known
from one request to the next is the `State` (`call`).

Each decision passes through a named hook (`hooks`), where a fault may tell its lie.

Order on POST: key (401), rate (429), size (413), form (400), model known (400), what depends on the model
(400), model enabled (403), credit (402), policy (422). On GET: key (401), id (404), wait (400): an unknown
id is not found "whatever `wait` says". A provider that fails shows as its HTTP status only on a POST that
still waits when it happens, and only on models whose `failure_shows_as` is "http"; the generation exists
then too (`Location` names it), and a later GET shows it as failed. `internal_error` never happens.
"""

import hashlib
from collections.abc import Iterable
from itertools import islice

from generations_contract.api.vocabulary import FAILED, GENERATIONS_PATH, GET_WAIT_DEFAULT_S, WAIT_AUTO
from generations_contract.gateway import accounts, answers, checks
from generations_contract.gateway.accounts import LedgerLine
from generations_contract.gateway.call import Call, Record, Reply, State
from generations_contract.gateway.catalogue import Catalogue, default_catalogue
from generations_contract.gateway.codes import MESSAGES
from generations_contract.gateway.hooks import Fault
from generations_contract.gateway.jobs import Asset, Job, Planner
from generations_contract.gateway.media import MEDIA_PATH, REFUSED, Signer, asset_name, asset_response
from generations_contract.gateway.models import read_leniently, read_wait
from generations_contract.gateway.wire import Problem, Request

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
        catalogue = catalogue or default_catalogue()
        secret = secret or hashlib.blake2b(str(seed).encode(), digest_size=32).digest()
        signer = Signer(origin.rstrip("/"), secret, catalogue.house.url_lifetime_s)
        books = [accounts.AccountBook(account) for account in catalogue.accounts.values()]
        self.state = State(catalogue, epoch, books, Planner(secret, epoch), signer)
        for fault in tampers:
            for hook, added in fault.hooks.items():
                self.state.tampers[hook] = (*self.state.tampers.get(hook, ()), *added)

    @property
    def ledger(self) -> tuple[LedgerLine, ...]:
        """What was accepted and billed so far, by account."""
        return accounts.ledger(self.state.books)

    # ---- what an adapter calls

    def receive(self, request: Request, now: float) -> Reply:
        """Decide everything about one request that arrived whole at `now`; never raises on what it says."""
        path = request.path
        if path.startswith(MEDIA_PATH):
            return self._download(Call(self.state, request, now, "download"))
        operation = checks.operation_of(request.method, path)
        call = Call(self.state, request, now, operation)
        if operation == "create":
            self.state.posts += 1
        elif operation == "fetch":
            self.state.gets += 1
        call.nth_post, call.nth_get = self.state.posts, self.state.gets
        reply = self._answer(call)
        if reply.at > now and call.record is not None:
            self.state.holds.hold(now, reply.at)
            call.record.holds.hold(now, reply.at)
        return reply

    def dropped(self, reply: Reply, now: float) -> None:
        """The client hung up at `now`, before `reply.at`. To an honest gateway's job that is nothing."""
        call = reply.call
        if call is None or call.record is None or reply.at <= now:
            return
        self.state.holds.drop(reply.at)
        call.record.holds.drop(reply.at)
        call.now = now
        call.keep(call.at("dropped", call.job))

    # ---- the two operations

    def _answer(self, call: Call) -> Reply:
        problem = checks.authenticate(call)
        if problem is not None:
            problem = call.at("problem", problem)
        if problem is not None:
            return self._refuse(call, problem)
        if call.operation == "create":
            return self._create(call)
        if call.operation == "fetch":
            return self._fetch(call)
        return self._refuse(call, call.at("problem", checks.route(call)) or checks.NOT_FOUND)

    def _create(self, call: Call) -> Reply:
        for check in checks.CREATE:
            problem = check(call)
            if problem is not None:
                problem = call.at("problem", problem)
                if problem is not None:
                    return self._refuse(call, problem)
        problem = call.at("problem", None)
        return self._accept(call) if problem is None else self._refuse(call, problem)

    def _accept(self, call: Call) -> Reply:
        """Fix the timeline, keep it, bill it, and answer for it."""
        call.asked = asked = call.at("asked", call.asked or read_leniently(call.document))
        call.model = model = call.model or next(iter(self.state.catalogue.models.values()))
        account = call.account or self.state.books[0]
        call.record = Record(self.state.planner.plan(model, asked, call.now), model, account)
        call.record.job = job = call.at("job", call.record.job)
        self._forget(call.now)
        self.state.records[job.id] = call.record
        account.bill(job.cost_usd)
        house = self.state.catalogue.house
        auto_s = house.auto_video_s if model.modality == "video" else house.auto_image_s
        call.wait_s = auto_s if asked.wait == WAIT_AUTO else float(asked.wait)
        return self._show(call, job)

    def _forget(self, now: float) -> None:
        """Let go of the oldest generations once their time is over, one or two for each that comes."""
        for id_, record in list(islice(self.state.records.items(), 2)):
            if record.job.ends_at + self.state.catalogue.house.retention_s < now:
                del self.state.records[id_]

    def _fetch(self, call: Call) -> Reply:
        record = self.state.records.get(call.request.path.rpartition("/")[2])
        if record is not None and record.account is not call.account:
            record = None
        call.record = record = call.at("lookup", record)
        if record is None:
            return self._refuse(call, call.at("problem", checks.NOT_FOUND) or checks.NOT_FOUND)
        record.polls += 1
        call.nth_poll, call.model = record.polls, record.model
        wait = read_wait(call.request.query("wait"))
        call.wait_s = GET_WAIT_DEFAULT_S if wait is None or isinstance(wait, Problem) else wait
        problem = call.at("problem", wait if isinstance(wait, Problem) else None)
        if problem is not None:
            return self._refuse(call, problem)
        return self._show(call, call.at("job", record.job))

    # ---- answers

    def _show(self, call: Call, job: Job) -> Reply:
        """The job as it is when it ends or the window closes, whichever comes first."""
        window = call.at("window", call.wait_s or 0.0)
        due = call.at("answer_at", min(call.now + window, max(call.now, job.ends_at)))
        moment = call.at("moment", due)
        status = job.status_at(moment)
        if (
            status == FAILED
            and call.operation == "create"
            and call.model
            and call.model.failure_shows_as == "http"
        ):
            code = job.error_code or "internal_error"
            return self._refuse(call, Problem(code, MESSAGES[code], headers=(_location(job),)), due)
        document = call.at("resource", answers.resource(job, moment, self.state.epoch, self.state.signer))
        headers = answers.state_headers(status, self.state.catalogue.house.retry_after_s)
        if call.operation == "create":
            headers.append(_location(job))
        return self._reply(call, due, 200, headers, document)

    def _refuse(self, call: Call, problem: Problem, due: float | None = None) -> Reply:
        status, document = call.at("problem_body", (problem.status, problem.envelope()))
        headers = [("Cache-Control", "no-store"), *problem.headers]
        return self._reply(call, call.now if due is None else due, status, headers, document)

    def _reply(
        self, call: Call, due: float, status: int, headers: list[tuple[str, str]], document: object
    ) -> Reply:
        headers = [("Content-Type", "application/json"), *headers, answers.hold_header(due - call.now)]
        headers = call.at("headers", headers)
        reply = Reply(due, status, tuple(headers), answers.encode(document), call)
        return call.at("reply", reply)

    # ---- downloads

    def _download(self, call: Call) -> Reply:
        request, now = call.request, call.now
        asset = self._asset(asset_name(request), now)
        if request.method != "GET":
            problem = Problem("method_not_allowed", "A download takes GET only.", headers=(("Allow", "GET"),))
        elif not call.at("signature", self.state.signer.good(request, self.state.epoch + now)):
            problem = REFUSED
        elif asset is None:
            problem = Problem("not_found", "There is no such asset.")
        else:
            return call.at("asset", Reply(now, *asset_response(asset), call))
        headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *problem.headers)
        return call.at("asset", Reply(now, problem.status, headers, answers.encode(problem.envelope()), call))

    def _asset(self, name: str, now: float) -> Asset | None:
        record = self.state.owner_of(name)
        return record.job.asset(name) if record is not None and now >= record.job.ends_at else None


def _location(job: Job) -> tuple[str, str]:
    """Where the generation is fetched: on a 502 or 504 the only place that still names it."""
    return "Location", f"{GENERATIONS_PATH}/{job.id}"
