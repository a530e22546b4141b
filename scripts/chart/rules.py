"""What must be true of every rendered release, beyond what the Kubernetes schemas ask."""

import re

SECRET_WORDS = re.compile(r"DATABASE_URL|MASTER_KEY|SMTP_URL|PASSWORD|TOKEN|SECRET", re.IGNORECASE)


def broken(manifests):
    """Every broken rule as one sentence."""
    for manifest in manifests:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        for sentence in RULES.get(kind, lambda _: [])(manifest):
            yield f"{kind} {name}: {sentence}"
        if len(name) > 63:
            yield f"{kind} {name}: longer than 63 characters"
    yield from _selectors(manifests)
    if sum(manifest["kind"] == "Job" for manifest in manifests) != 1:
        yield "there must be one migration Job"


def _deployment(deployment):
    spec = deployment["spec"]
    rolling = spec["strategy"].get("rollingUpdate", {})
    if (rolling.get("maxSurge"), rolling.get("maxUnavailable")) != (1, 0):
        yield "rolls with maxSurge 1 and maxUnavailable 0"
    pod = spec["template"]["spec"]
    yield from _pod(pod)
    annotations = spec["template"]["metadata"].get("annotations", {})
    yield from (f"lacks annotation {key}" for key in ("checksum/config", "checksum/secret") if key not in annotations)
    for container in pod["containers"]:
        probes = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
        for probe, path in probes.items():
            if container.get(probe, {}).get("httpGet") != {"path": path, "port": "http"}:
                yield f"{probe} asks {path} at the port named http"
        if "preStop" not in container.get("lifecycle", {}):
            yield "waits before it stops (preStop)"
        if container["args"][:2] != ["serve", "--role"]:
            yield "serves in a named role"
    if pod["terminationGracePeriodSeconds"] < 25:
        yield "leaves time to finish what is in flight"
    if not pod.get("topologySpreadConstraints"):
        yield "is spread over nodes"


def _pod(pod):
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True:
        yield "runs as non-root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has the default seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "has no service account token"
    for container in pod["containers"]:
        own = container.get("securityContext", {})
        if own.get("readOnlyRootFilesystem") is not True:
            yield "has a read-only root file system"
        if own.get("allowPrivilegeEscalation") is not False:
            yield "cannot escalate privileges"
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            yield "drops all capabilities"
        resources = container.get("resources", {})
        if not resources.get("requests") or "memory" not in resources.get("limits", {}):
            yield "requests resources and limits memory"
        for variable in container.get("env", []):
            if SECRET_WORDS.search(variable["name"]) and "secretKeyRef" not in variable.get("valueFrom", {}):
                yield f"{variable['name']} comes from a Secret"


def _job(job):
    annotations = job["metadata"].get("annotations", {})
    if annotations.get("helm.sh/hook") != "pre-install,pre-upgrade":
        yield "runs before install and upgrade"
    pod = job["spec"]["template"]["spec"]
    yield from _pod(pod)
    if pod["containers"][0]["args"] != ["migrate"]:
        yield "runs `latchkey migrate`"
    references = [variable for container in pod["containers"] for variable in container.get("envFrom", [])]
    if references:
        yield "needs nothing that a first install makes only later"


def _config_map(config_map):
    for name, value in config_map["data"].items():
        if SECRET_WORDS.search(name) or re.search(r"://[^/]*:[^/]*@", value):
            yield f"{name} is a secret"


def _selectors(manifests):
    pods = [
        manifest["spec"]["template"]["metadata"]["labels"]
        for manifest in manifests
        if manifest["kind"] == "Deployment"
    ]
    for manifest in manifests:
        kind, selector = manifest["kind"], manifest.get("spec", {}).get("selector")
        if kind in ("Deployment", "PodDisruptionBudget"):
            selector = selector["matchLabels"]
        elif kind != "Service":
            continue
        if not any(selector.items() <= labels.items() for labels in pods):
            yield f"{kind} {manifest['metadata']['name']}: selects no pod"


RULES = {"Deployment": _deployment, "Job": _job, "ConfigMap": _config_map}
