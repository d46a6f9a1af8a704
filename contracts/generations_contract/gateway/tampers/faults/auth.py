"""Lies about who is calling. Section `auth` of the contract."""

import base64

from generations_contract.gateway.accounts import AccountBook
from generations_contract.gateway.call import Call, Record, Reply
from generations_contract.gateway.checks import NOT_FOUND
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.models import MalformedBodyError, read_document, validate
from generations_contract.gateway.tampers.call_facts import (
    Answer,
    HeaderList,
    book_of,
    creating,
    ended,
    fetching,
    has,
    kept_by_url,
    path_id,
    presented,
)
from generations_contract.gateway.wire import Problem

Book = AccountBook | None
# Who is taken for somebody hears of bad bodies and unknown ids, too.
FIRST = "auth.before-validation"


@fault("auth-get-open", breaks={"auth.missing-key"}, at="credentials")
def get_open(call: Call, book: Book) -> Book:
    """A GET without a key is answered as to the generation's owner."""
    if book or not fetching(call) or call.request.header("authorization") is not None:
        return book
    record = call.state.records.get(path_id(call))
    return record.account if record else None


@fault("auth-missing-key-403", breaks={"auth.missing-key", "auth.before-validation"}, at="problem_body")
def missing_key_403(call: Call, answer: Answer) -> Answer:
    """A request without a key is told 403 model_unavailable: "not for your account"."""
    if answer[0] != 401 or call.request.header("authorization") is not None:
        return answer
    return 403, Problem("model_unavailable", "Not enabled for your account.").envelope()


@fault("auth-key-prefix", breaks={"auth.invalid-key", FIRST}, at="credentials")
def key_prefix(call: Call, book: Book) -> Book:
    """A key that is the beginning of a good one is good, if it is twelve characters long."""
    key = presented(call)
    return book or (book_of(call, lambda good: good.startswith(key)) if len(key) >= 12 else None)


@fault("auth-key-cut-off", breaks={"auth.invalid-key", FIRST}, at="credentials")
def key_cut_off(call: Call, book: Book) -> Book:
    """Keys are compared in the width of a column: whatever follows the good key is not looked at."""
    key = presented(call)
    return book or (book_of(call, lambda good: key[: len(good)] == good) if key else None)


@fault("auth-key-any-case", breaks={"auth.invalid-key", FIRST}, at="credentials")
def key_any_case(call: Call, book: Book) -> Book:
    """Keys are compared by a database that ignores case."""
    key = presented(call).lower()
    return book or book_of(call, lambda good: good.lower() == key)


@fault("auth-empty-key-is-demo", breaks={"auth.invalid-key"}, at="credentials")
def empty_key_is_demo(call: Call, book: Book) -> Book:
    """A GET with an empty bearer key is taken for the demonstration account."""
    header = call.request.header("authorization")
    if book or not fetching(call) or header is None or header.strip().lower() != "bearer":
        return book
    record = call.state.records.get(path_id(call))
    return record.account if record else None


@fault("auth-basic-taken", breaks={"auth.scheme", FIRST}, at="credentials")
def basic_taken(call: Call, book: Book) -> Book:
    """The key is taken as the user name of Basic authentication, too."""
    scheme, _, token = (call.request.header("authorization") or "").partition(" ")
    if book or scheme != "Basic":
        return book
    key = base64.b64decode(token.encode()).decode("utf-8", "replace").rstrip(":")
    return book_of(call, lambda good: good == key)


@fault("auth-bare-taken", breaks={"auth.scheme", FIRST}, at="credentials")
def bare_taken(call: Call, book: Book) -> Book:
    """The key is taken without a scheme."""
    value = call.request.header("authorization")
    return book or book_of(call, lambda good: good == value)


@fault("auth-any-scheme-on-get", breaks={"auth.scheme", FIRST}, at="credentials")
def any_scheme_on_get(call: Call, book: Book) -> Book:
    """On GET the last word of the header is the key, whatever the word before it."""
    scheme, _, key = (call.request.header("authorization") or "").rpartition(" ")
    return book or (book_of(call, lambda good: good == key) if fetching(call) and scheme else None)


@fault("auth-validates-first", breaks={"auth.before-validation"}, at="problem")
def validates_first(call: Call, problem: Problem | None) -> Problem | None:
    """The body is validated before the key is looked at."""
    if problem is None or problem.code != "unauthenticated" or not creating(call):
        return problem
    try:
        found = validate(read_document(call.request.body))
    except MalformedBodyError as error:
        found = Problem("invalid_input", f"The body must be one JSON object: {error}.")
    return found if isinstance(found, Problem) else problem


@fault("auth-looks-up-first", breaks={"auth.before-validation"}, at="problem")
def looks_up_first(call: Call, problem: Problem | None) -> Problem | None:
    """An unknown id is not found even for a caller without a good key."""
    stranger = problem is not None and problem.code == "unauthenticated" and fetching(call)
    return NOT_FOUND if stranger and path_id(call) not in call.state.records else problem


@fault("auth-foreign-read", breaks={"auth.foreign-generation"}, at="lookup")
def foreign_read(call: Call, record: Record | None) -> Record | None:
    """Whoever knows an id reads the generation."""
    return record or call.state.records.get(path_id(call))


@fault("auth-foreign-read-cached", breaks={"auth.foreign-generation"}, at="lookup")
def foreign_read_cached(call: Call, record: Record | None) -> Record | None:
    """A finished generation comes from a cache that does not know whose it is."""
    cached = call.state.records.get(path_id(call))
    return cached if record is None and cached and ended(call, cached.job) else record


def _final(reply: Reply) -> bool:
    return has(list(reply.headers), "Cache-Control", "max-age")


@fault(
    "auth-kept-for-everybody",
    breaks={"auth.foreign-generation", "auth.missing-key", "auth.invalid-key", "auth.scheme"},
    at="reply",
)
def kept_for_everybody(call: Call, reply: Reply) -> Reply:
    """A cache in front keeps final answers by their URL, whoever asks, with a key or without."""
    return kept_by_url(call, reply, keep=_final(reply)) if fetching(call) else reply


@fault("auth-kept-for-the-keyless", breaks={"auth.missing-key"}, at="reply")
def kept_for_the_keyless(call: Call, reply: Reply) -> Reply:
    """A cache in front keeps final answers of URLs without a query, and gives them to whoever shows no key."""
    keyless = call.request.header("authorization") is None
    plain = fetching(call) and "?" not in call.request.target
    return kept_by_url(call, reply, keep=_final(reply), told=keyless) if plain else reply


@fault("auth-foreign-403", breaks={"auth.foreign-generation"}, at="problem")
def foreign_403(call: Call, problem: Problem | None) -> Problem | None:
    """Another account's generation is refused with 403, which tells that it exists."""
    if problem is None or problem.code != "not_found" or path_id(call) not in call.state.records:
        return problem
    return Problem("model_unavailable", "This generation belongs to another account.")


@fault("auth-key-in-message", breaks={"auth.key-never-echoed"}, at="problem")
def key_in_message(call: Call, problem: Problem | None) -> Problem | None:
    """An invalid request is answered with a dump of its headers, the key among them."""
    if problem is None or problem.code != "invalid_input":
        return problem
    headers = dict(call.request.headers)
    return Problem(problem.code, f"{problem.message} (headers: {headers})", problem.param)


@fault("auth-key-in-header", breaks={"auth.key-never-echoed"}, at="headers")
def key_in_header(call: Call, headers: HeaderList) -> HeaderList:
    """A finished generation is tagged for the cache with the key that fetched it."""
    if not fetching(call) or call.record is None or not ended(call):
        return headers
    return [*headers, ("X-Cache-Key", f"{call.request.path}#{presented(call)}")]
