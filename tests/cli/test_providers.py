"""``--model PROVIDER:NAME`` for every provider that pydantic-ai knows."""

from __future__ import annotations

import json
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, get_args

import pytest
from pydantic_ai import models, providers

from tests.endpoints.server import Answer, Server
from tests.endpoints.spoken import ANTHROPIC, OPENAI, PROTOCOLS, SECRET, UNSTREAMED, Spoken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Result

pytestmark = pytest.mark.usefixtures("obedient")

PACKAGES = {
    "bedrock": "relational-db-agent[bedrock]",
    "cohere": "relational-db-agent[cohere]",
    "huggingface": "relational-db-agent[huggingface]",
    "mistral": "relational-db-agent[mistral]",
    "xai": "relational-db-agent[xai]",
    "gateway/bedrock": "relational-db-agent[bedrock]",
    "typesafe": "pydantic-ai-slim[typesafe]",
    "voyageai": "pydantic-ai-slim[voyageai]",
}
INSTALLED = {"anthropic": "anthropic", "google": "google.genai", "google-cloud": "google.genai", "groq": "groq"}
VARIABLES = {
    "alibaba": "ALIBABA_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_OPENAI_ENDPOINT",
    "azure-responses": "AZURE_OPENAI_ENDPOINT",
    "bedrock-mantle": "AWS_DEFAULT_REGION",
    "cerebras": "CEREBRAS_API_KEY",
    "crusoe": "CRUSOE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "elevenlabs": "ELEVENLABS_API_KEY",
    "fireworks": "FIREWORKS_API_KEY",
    "gateway/anthropic": "PYDANTIC_AI_GATEWAY_API_KEY",
    "gateway/google": "PYDANTIC_AI_GATEWAY_API_KEY",
    "gateway/google-cloud": "PYDANTIC_AI_GATEWAY_API_KEY",
    "gateway/groq": "PYDANTIC_AI_GATEWAY_API_KEY",
    "gateway/openai": "PYDANTIC_AI_GATEWAY_API_KEY",
    "github": "GITHUB_API_KEY",
    "github-copilot": "GITHUB_COPILOT_API_KEY",
    "google": "GOOGLE_API_KEY",
    "google-decisions": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "heroku": "HEROKU_INFERENCE_KEY",
    "meta": "META_API_KEY",
    "moonshotai": "MOONSHOTAI_API_KEY",
    "nebius": "NEBIUS_API_KEY",
    "ollama": "OLLAMA_BASE_URL",
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "openai-decisions": "OPENAI_API_KEY",
    "openai-responses": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "ovhcloud": "OVHCLOUD_API_KEY",
    "sambanova": "SAMBANOVA_API_KEY",
    "snowflake": "SNOWFLAKE_ACCOUNT",
    "system-one": "SYSTEM_ONE_BASE_URL",
    "together": "TOGETHER_API_KEY",
    "vercel": "VERCEL_AI_GATEWAY_API_KEY",
    "vllm": "VLLM_BASE_URL",
    "zai": "ZAI_API_KEY",
}
OTHERWISE = {
    "google-cloud": "Your default credentials were not found",
    "openai-chatgpt": "needs `credentials`",
    "openai-codex": "No Codex CLI credentials found at",
    "sentence-transformers": "Unknown model",  # it embeds
    "no-such-provider": "Unknown model",
    "gateway/no-such-provider": "Unknown model",
}
KEYLESS = {"litellm"}  # it is a proxy, which may want none
SAYS = {
    **{name: f"needs a package that is not installed: pip install '{each}'" for name, each in PACKAGES.items()},
    **{name: f"set the environment variable {each}" for name, each in VARIABLES.items()},
    **OTHERWISE,
}


SEEDLESS = (OPENAI, ANTHROPIC, UNSTREAMED)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in set(os.environ) - {"PATH", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # no look for the metadata server of Google's machines
    monkeypatch.chdir(tmp_path)


def test_all_providers_are_looked_at() -> None:
    known = {name.partition(":")[0] for name in get_args(models.KnownModelName.__value__) if ":" in name}
    for module in pkgutil.iter_modules(providers.__path__):
        name = module.name.replace("_", "-")
        try:
            providers.infer_provider_class(name)
        except ValueError:
            continue
        except ImportError:
            pass
        known.add(name)
    assert known - SAYS.keys() == KEYLESS


@pytest.mark.parametrize(("provider", "says"), SAYS.items(), ids=SAYS)
def test_what_a_provider_lacks_is_one_line(run: Callable[..., Result], provider: str, says: str) -> None:
    result = run("eval", "session-factory", "--model", f"{provider}:x")
    said = [line for line in result.err.splitlines() if "is deprecated" not in line]  # pydantic-ai's own remark
    assert (result.status, result.out, len(said)) == (2, "", 1)
    assert f"--model: {provider}:x: " in result.err
    assert says in result.err


@pytest.mark.parametrize(("provider", "package"), INSTALLED.items(), ids=INSTALLED)
def test_without_the_package_it_is_named(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, provider: str, package: str
) -> None:
    for name in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("google", "google_cloud", "anthropic", "groq"):
        monkeypatch.delitem(sys.modules, f"pydantic_ai.providers.{module}", raising=False)
    result = run("eval", "session-factory", "--model", f"{provider}:x")
    assert (result.status, len(result.err.splitlines())) == (2, 1)
    assert f"pip install 'relational-db-agent[{package.partition('.')[0]}]'" in result.err


@pytest.mark.parametrize("provider", [*SAYS, *KEYLESS])
def test_a_dry_run_needs_neither(run: Callable[..., Result], provider: str) -> None:
    result = run("eval", "session-factory", "--model", f"{provider}:x", "--dry-run", "--format", "json")
    assert (result.status, json.loads(result.out)["calls"]) == (0, {f"{provider}:x": 1})


@pytest.mark.parametrize("spoken", PROTOCOLS, ids=[each.model for each in PROTOCOLS])
def test_two_arms_and_once_more_from_the_store(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoken: Spoken
) -> None:
    line = ["eval", "session-factory", "--model", spoken.model, "--skill", "relational-db-agent", "--samples", "2"]
    line += ["--baseline-skill", "none", "--store", "runs.db", "--format", "json", "--max-cost", "1", "--seed", "3"]
    with Server(lambda request: Answer("fine" if len(str(request)) > 5000 else "awaited: fail")) as server:
        spoken.send_to(server, monkeypatch)
        first = run(*line)
        assert "4 samples: 0 stored, 0 to judge again, 4 to ask for" in first.err
        again = run(*line)
        assert "4 samples: 4 stored, 0 to judge again, 0 to ask for" in again.err
    assert (first.status, again.status, len(server.requests)) == (1, 1, 4)
    left_out = f"harness: {spoken.model}: has no --seed, which is left out\n"
    assert (first.err.count(left_out), again.err.count(left_out)) == (int(spoken in SEEDLESS), 0)
    document = json.loads(first.out)
    grades = sorted((each["arm"], each["sample"], each["overall"]) for each in document["grades"])
    assert grades == [
        ("none", 0, "fail"),
        ("none", 1, "fail"),
        ("relational-db-agent", 0, "pass"),
        ("relational-db-agent", 1, "pass"),
    ]
    assert document["run"]["spent"]["tokens"] == 4 * 15
    assert document["run"]["spent"]["cost"] > 0
    assert json.loads(again.out)["grades"] == document["grades"]


@pytest.mark.parametrize("spoken", PROTOCOLS, ids=[each.model for each in PROTOCOLS])
def test_a_key_that_comes_back_is_kept_nowhere(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoken: Spoken
) -> None:
    line = [
        "eval",
        "session-factory",
        "--model",
        spoken.model,
        "--store",
        "runs.db",
        "--out",
        "out",
        "--format",
        "json",
    ]
    with Server([Answer(f"the key {SECRET} is wrong", status=401)]) as server:
        spoken.send_to(server, monkeypatch)
        result = run(*line)
    assert result.status == 3
    assert "status 401: the key *** is wrong" in json.loads(result.out)["grades"][0]["error"]
    assert SECRET not in result.out + result.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"runs.db", "grades.jsonl"}
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
