"""The tables of a profile: all are in the example; what is wrong with one is told in one line."""

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from generations_contract import probes
from generations_contract.api.promises import LoadLimits, missing, promised
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.scripts.probe import PROBES
from tests.support.exchanges import ENVIRONMENT, EXAMPLE_PROFILE, MINIMAL_PROFILE, example_target

TARGET = '[target]\nbase_url = "https://gateway.test"\n'
MODELS = '[models]\nimage = "flux-1.1-pro"\n'
# What is added to a minimal profile -> what the message says.
WRONG = {
    "[limit]": r"\[limit\] is unknown; did you mean limits\?",
    "[zzz]": r"\[zzz\] is unknown; known: target, models, .*waive",
    "[limits]\nmax_cost = 5.0": r"\[limits\] max_cost is unknown; did you mean max_cost_usd\?",
    'vidoe = "veo-3"': r"\[models\] vidoe is unknown; did you mean video\?",
    "[keys]\nq = 1": r"\[keys\] q is unknown; known: other_env, exhausted_env, limited_env",
    "[traits]\nsize = []": r"\[traits\] size is unknown; did you mean sized\?",
    '[inputs]\nreference = ""': r"\[inputs\] reference is unknown; did you mean reference_image\?",
    '[prompts]\nreject = ""': r"\[prompts\] reject is unknown; did you mean rejected\?",
    '[limits]\nmax_cost_usd = "1"': r"\[limits\] max_cost_usd: Input should be a valid number",
    "[limits]\nmax_generations = 1.5": r"\[limits\] max_generations: Input should be a valid integer",
    "[limits]\nmax_generations = true": r"\[limits\] max_generations: Input should be a valid integer",
    "[limits]\nmax_cost_usd = -1.0": r"\[limits\] max_cost_usd: .* greater than or equal to 0",
    "[limits]\nmax_cost_usd = inf": r"\[limits\] max_cost_usd: .* finite number",
    "[limits]\nmax_cost_usd = nan": r"\[limits\] max_cost_usd: .* finite number",
    "[limits]\nwait_slack_s = 0.0": r"\[limits\] wait_slack_s: .* greater than 0",
    '[traits]\nsized = "m"': r"\[traits\] sized: Input should be a valid list",
    "[traits]\nsized = [5]": r"traits\.sized\.1: Input should be a valid string",
    '[prices]\ndefault = "0.1"': r"\[prices\] default: Input should be a valid number",
    '[waive]\n"errors.no-leak" = ""': r"\[waive\] errors.no-leak: String should have .*",
    '[waive]\n"errors.no-leak" = true': r"\[waive\] errors.no-leak: Input should be a valid string",
    '[headers]\n"X Team" = "x"': r"\[headers\] X Team: is no name of a header",
    '[headers]\nAuthorization = "x"': r"\[headers\] Authorization: is set by the suite itself; remove it",
    "[headers]\nX-Team = 5": r"\[headers\] X-Team: is neither plain text nor .*VARIABLE.*",
    '[headers]\nX-Team = " x"': r"\[headers\] X-Team: is neither plain text nor .*VARIABLE.*",
    '[headers]\nX-Team = { env = "A", x = 1 }': r"\[headers\] X-Team: is neither plain text nor .*VARIABLE.*",
    MODELS: "is no TOML: .*twice.*",
    'image = "x"': "is no TOML: .*overwrite.*",
    "[[target]]": "is no TOML: .*",
}
# A whole profile -> what the message says.
WRONG_WHOLE = {
    "": r"\[target\] is missing",
    MODELS: r"\[target\] is missing",
    TARGET: r"\[models\] is missing",
    "[target]\n" + MODELS: r"\[target\] base_url is missing",
    TARGET + "[model]\n": r"\[model\] is unknown; did you mean models\?",
    '[target]\nbase_url = "https://gateway.test/v1/generations/"\n' + MODELS: (
        r"\[target\] base_url: ends in /v1/generations, which is appended to it; write what comes before"
    ),
    TARGET + "[models]\n": r"\[models\] image is missing",
    TARGET + '[models]\nimage = ""\n': r"\[models\] image: String should have at least 1 character",
    TARGET + "[models]\nimage = 5\n": r"\[models\] image: Input should be a valid string",
    TARGET + "[models.image]\n": r"\[models\] image: Input should be a valid string",
    "models = 5\n" + TARGET: r"\[models\]: Input should be .*",
    "colour = 1\n" + MINIMAL_PROFILE: r"\[colour\] is unknown; known: .*",
    TARGET + 'api_key = "x"\n' + MODELS: r"\[target\] api_key is unknown; did you mean api_key_env\?",
    "[target": "is no TOML: .*",
    "a = " + "[" * 100_000: "is no TOML: .*",
    "a = " + "9" * 5000: "is no TOML: .*",
}
NO_URLS = ["gateway.test", "ftp://gateway.test", "https://", "https://gateway.test?x=1", "https://gateway.test#x",
           "https://[::1", "https://gateway.test:port", "https://gateway.test:99999", "", "/v1",
           "https://user:secret@gateway.test", "https://gate way.test", "https://gateway.test\\n",
           "https://gateway.test\\\\x"]  # fmt: skip


def _refusal(text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        Target.parse(text, ENVIRONMENT if environment is None else environment)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("profile: ")
    assert not any(key in message for key in ENVIRONMENT.values())
    return message.removeprefix("profile: ")


def test_example_profile_names_everything_there_is() -> None:
    """An option that the example does not show would be found by nobody."""
    text = EXAMPLE_PROFILE.read_text(encoding="utf-8")
    tables = {name: each.annotation for name, each in type(example_target().profile).model_fields.items()}
    tables = {**tables, "load.limits": LoadLimits}
    del tables["load"]  # it has nothing but its limits
    for name, table in tables.items():
        assert f"[{name}]" in text
        for key in getattr(table, "model_fields", {}):
            assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), f"[{name}] {key}"


@pytest.mark.parametrize(
    ("text", "message"),
    [*((MINIMAL_PROFILE + added, message) for added, message in WRONG.items()), *WRONG_WHOLE.items()],
    ids=[repr(text)[1:40] for text in (*WRONG, *WRONG_WHOLE)],
)
def test_wrong_profile_is_told_in_one_line(text: str, message: str) -> None:
    """The line names table and key, and suggests what may have been meant."""
    assert re.fullmatch(message, _refusal(text))


@pytest.mark.parametrize("url", NO_URLS)
def test_base_url_must_be_one(url: str) -> None:
    """A base URL is http(s), has a host and a real port, and neither query nor credentials."""
    assert "[target] base_url" in _refusal(f'[target]\nbase_url = "{url}"\n{MODELS}')
    with pytest.raises(UsageError, match="is neither a profile file nor an http"):
        Target.at(url.replace("\\n", "\n").replace("\\\\", "\\"), ENVIRONMENT)


for _module in iter_modules(probes.__path__):
    import_module(f"{probes.__name__}.{_module.name}")
NEEDS = sorted(
    {need for probe in PROBES.values() for need in probe.needs if not need.startswith("reference.")}
)


@pytest.mark.parametrize("need", NEEDS)
def test_need_is_told_in_the_words_of_the_profile(need: str) -> None:
    """Table, key, a value to write and what it promises: for every need of a script."""
    table, _, name = need.partition(".")
    key = f"{name}_env" if table == "keys" else name
    assert re.fullmatch(rf"add \[{table}\] {key} = .+ to the profile: .+", missing(need))
    assert re.fullmatch(rf"\[{table}\] {key}: .+", promised(need))
