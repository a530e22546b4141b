"""As much of a Kubernetes API as Helm needs to install a chart: it accepts and remembers whatever is applied.

Jobs are complete as soon as they exist, so that hooks do not wait. Nothing runs, nothing is validated.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESOURCES = {
    "v1": {
        "configmaps": "ConfigMap",
        "pods": "Pod",
        "secrets": "Secret",
        "serviceaccounts": "ServiceAccount",
        "services": "Service",
    },
    "apps/v1": {"deployments": "Deployment"},
    "autoscaling/v2": {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    "batch/v1": {"jobs": "Job"},
    "networking.k8s.io/v1": {"ingresses": "Ingress", "networkpolicies": "NetworkPolicy"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
}
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


class FakeKubernetes:
    """A server on a free port of the loopback address, for use in a `with` statement."""

    def __enter__(self):
        self.objects = {}
        self.applied = []
        self.events = []
        self.changed = threading.Condition()
        self.is_stopping = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        with self.changed:
            self.is_stopping = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def kubeconfig(self):
        """The text of a configuration file that leads here."""
        name = "fake"
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": name, "cluster": {"server": f"http://127.0.0.1:{self.server.server_port}"}}],
                "users": [{"name": name, "user": {}}],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
                "current-context": name,
            }
        )

    def remember(self, path, manifest):
        """Keeps a manifest as it was applied, and an object as the cluster would show it."""
        self.applied.append(manifest)
        kept = json.loads(json.dumps(manifest))
        kept.setdefault("metadata", {}).update({"uid": str(len(self.applied)), "resourceVersion": "1"})
        if kept.get("kind") == "Job":
            done = {"type": "Complete", "status": "True", "reason": "CompletionsReached"}
            kept["status"] = {"succeeded": 1, "conditions": [done]}
        self.objects[path] = kept
        self.tell("ADDED", path, kept)
        return kept

    def forget(self, path):
        """Deletes an object; deleting what is not there is no error."""
        kept = self.objects.pop(path, None)
        if kept is not None:
            self.tell("DELETED", path, kept)

    def tell(self, event, path, kept):
        """Wakes everyone who watches."""
        with self.changed:
            self.events.append((event, path.rsplit("/", 1)[0], kept))
            self.changed.notify_all()

    def follow(self, collection):
        """Events of one collection from the beginning, until the server stops; None while there is nothing to tell."""
        told = -1
        while True:
            with self.changed:
                self.changed.wait_for(lambda: len(self.events) > told or self.is_stopping)
                fresh, told, is_stopping = self.events[max(told, 0) :], len(self.events), self.is_stopping
            if is_stopping:
                return
            yield from ((event, kept) for event, where, kept in fresh if where == collection)
            yield None

    def list_under(self, collection):
        """The objects of one collection."""
        return [kept for path, kept in self.objects.items() if path.rsplit("/", 1)[0] == collection]


def _handler_for(cluster):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path, _, query = self.path.partition("?")
            path = path.rstrip("/")
            discovered = _discovery(path)
            if discovered is not None:
                self.answer(discovered)
            elif path in cluster.objects:
                self.answer(cluster.objects[path])
            elif path.rsplit("/", 1)[-1] in _kinds():
                if "watch=" in query:
                    self.watch(path)
                else:
                    self.answer(_list_of(path, cluster.list_under(path)))
            else:
                self.answer(_status(404, "NotFound"), 404)

        def do_POST(self):
            manifest = self.body()
            path = f"{self.path.partition('?')[0]}/{manifest['metadata']['name']}"
            self.answer(cluster.remember(path, manifest), 201)

        def do_PUT(self):
            self.answer(cluster.remember(self.path.partition("?")[0], self.body()))

        do_PATCH = do_PUT

        def do_DELETE(self):
            cluster.forget(self.path.partition("?")[0])
            self.body()
            self.answer(_status(200, ""))

        def body(self):
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return json.loads(content) if content else {}

        def answer(self, value, code=200):
            content = json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def watch(self, collection):
            """Tells what is there, that this was all, and then what changes."""
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for change in cluster.follow(collection):
                event, kept = change or ("BOOKMARK", _bookmark(collection))
                try:
                    self.wfile.write(json.dumps({"type": event, "object": kept}).encode() + b"\n")
                except OSError:
                    return

        def log_message(self, *_):
            pass

    return Handler


def _kinds():
    return {plural: kind for group in RESOURCES.values() for plural, kind in group.items()}


def _list_of(path, items):
    kind, group = _kind_of(path)
    return {"kind": f"{kind}List", "apiVersion": group, "metadata": {"resourceVersion": "1"}, "items": items}


def _bookmark(path):
    kind, group = _kind_of(path)
    end = {"k8s.io/initial-events-end": "true"}
    return {"kind": kind, "apiVersion": group, "metadata": {"resourceVersion": "1", "annotations": end}}


def _kind_of(path):
    plural = path.rsplit("/", 1)[-1]
    group = next(group for group, kinds in RESOURCES.items() if plural in kinds)
    return _kinds()[plural], group


def _status(code, reason):
    outcome = "Success" if code < 400 else "Failure"
    return {"kind": "Status", "apiVersion": "v1", "status": outcome, "reason": reason, "code": code}


def _discovery(path):
    if path == "/version":
        return {"major": "1", "minor": "37", "gitVersion": "v1.37.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        versions = [group for group in RESOURCES if "/" in group]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(version) for version in versions]}
    if path == "/openapi/v3":
        roots = [_root(group) for group in RESOURCES]
        return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in roots}}
    if path.startswith("/openapi/v3/"):
        return _schema(path.removeprefix("/openapi/v3/"))
    group = path.removeprefix("/apis/").removeprefix("/api/")
    if group in RESOURCES:
        resources = [
            {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": True, "verbs": VERBS}
            for plural, kind in RESOURCES[group].items()
        ]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": resources}
    return None


def _schema(root):
    """A document that says one thing: the server itself validates fields, so the client need not."""
    group = next(group for group in RESOURCES if _root(group) == root)
    name, _, version = group.rpartition("/")
    parameters = [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}]
    paths = {}
    for plural, kind in RESOURCES[group].items():
        known = {"group": name, "version": version, "kind": kind}
        patch = {"parameters": parameters, "x-kubernetes-group-version-kind": known, "responses": {}}
        paths[f"/{root}/namespaces/{{namespace}}/{plural}/{{name}}"] = {"patch": patch}
    return {"openapi": "3.0.0", "info": {"title": "fake", "version": "1"}, "paths": paths}


def _root(group):
    return f"apis/{group}" if "/" in group else f"api/{group}"


def _group(group_version):
    name, version = group_version.split("/")
    entry = {"groupVersion": group_version, "version": version}
    return {"name": name, "versions": [entry], "preferredVersion": entry}
