"""Lints the chart, renders it with Helm's own engine for every file of values, and checks what comes out.

Needs no cluster: Helm installs into `fake_kubernetes`, and what it applied there is what is checked.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import helm_sdkpy
import kubernetes_validate
import yaml
from fake_kubernetes import FakeKubernetes
from rules import broken

CHART = Path(__file__).resolve().parents[2] / "helm" / "latchkey"

# The oldest version that the chart allows, and the newest with schemas.
KUBERNETES = ["1.28", "1.37"]

# Helm's severities: 1 informs, 2 warns, 3 fails.
WARNING = 2

# Values that must not install, and words of the sentence that says why.
REFUSED = [
    ({}, "secrets.existingSecret is required"),
    ({"secrets": {"existingSecret": "latchkey"}}, "config.publicUrl is required"),
    ({"config": {"publicUrl": "latchkey.example.com"}}, "publicUrl"),
    ({"confg": {}}, "confg"),
    (
        {
            "config": {"publicUrl": "https://latchkey.example.com"},
            "secrets": {"existingSecret": "latchkey"},
            "extraConfig": {"LATCHKEY_MASTER_KEYS": "no"},
        },
        "is a secret",
    ),
]


def main():
    """Prints a line per check and every fault; the exit code says whether there was one."""
    faults = list(lint())
    for path in sorted((CHART / "ci").glob("*.yaml")):
        faults += [f"{path.name}: {fault}" for fault in check(yaml.safe_load(path.read_text()))]
        print(f"    rendered and checked with {path.name}")
    for values, words in REFUSED:
        faults += refusal(values, words)
    print(f"    {len(REFUSED)} sets of values that must be refused were tried")
    for fault in faults:
        print(f"    {fault}")
    sys.exit(1 if faults else 0)


def lint():
    """Helm's own complaints about the chart, recommendations left out; it warns aloud of what `REFUSED` asks for."""
    with FakeKubernetes() as cluster:
        result = asyncio.run(helm_sdkpy.Lint(_configuration(cluster)).run(str(CHART)))
    for message in result["Messages"] or []:
        if message["Severity"] >= WARNING:
            yield f"helm lint: {message}"
    for error in result["Errors"] or []:
        yield f"helm lint: {error}"


def check(values):
    """What is wrong with the release that these values make."""
    manifests = render(values)
    for manifest in manifests:
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                name = manifest["metadata"]["name"]
                path = ".".join(str(part) for part in error.path)
                yield f"{manifest['kind']} {name}: {path}: {error.message} (Kubernetes {version})"
    yield from broken(manifests)


def refusal(values, words):
    """A fault if the values install, or are refused in words that do not name the cause."""
    try:
        render(values)
    except helm_sdkpy.HelmError as error:
        return [] if words in str(error) else [f"refused without saying `{words}`: {error}"]
    return [f"installed, though it should have said `{words}`"]


def render(values):
    """Every manifest that an install with these values applies, hooks included."""
    with FakeKubernetes() as cluster:
        install = helm_sdkpy.Install(_configuration(cluster))
        asyncio.run(install.run("latchkey", str(CHART), values=values, wait=False, timeout=20))
        return list(cluster.applied)


def _configuration(cluster):
    # The file stays until the process ends: Helm reads it lazily.
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
        file.write(cluster.kubeconfig())
    TEMPORARY.append(file.name)
    return helm_sdkpy.Configuration(namespace="default", kubeconfig=file.name)


TEMPORARY = []

if __name__ == "__main__":
    try:
        main()
    finally:
        for name in TEMPORARY:
            os.unlink(name)
