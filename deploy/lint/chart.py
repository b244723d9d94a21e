"""The chart: linted and rendered by Helm itself with every file of values in ci/, and held against Kubernetes' schemas.

Values that must be refused are tried as well, because a guard that never says no is none.
"""

import itertools
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

from tool import yamllint

CHART = Path("helm/driftline")
# The oldest that Chart.yaml allows, and the newest that is known.
KUBERNETES = ["1.27", "1.37"]
# A warning of Helm; below are remarks.
WARNING = 2

# Values, and a part of what is said to them.
REFUSED = [
    ({"server": {"replicas": 2}}, "several instances need PostgreSQL"),
    ({"server": {"replicas": 2}, "database": {"existingSecret": "x"}}, "share their data folder"),
    ({"cluster": {"enabled": True}}, "executors read the data folder"),
    (
        {"cluster": {"enabled": True}, "persistence": {"existingClaim": "x"}, "networkPolicy": {"enabled": False}},
        "who reaches the ports of the cluster",
    ),
    ({"oidc": {"issuer": "https://login.example.com"}}, "oidc.clientId is needed"),
    ({"backup": {"enabled": True}}, "where are the backups"),
    ({"image": {"tag": "latest"}}, "image"),
    ({"podSecurityContext": {"runAsNonRoot": False}}, "podSecurityContext"),
    ({"server": {"publicUrl": "drift.example.com"}}, "publicUrl"),
    ({"tables": {"mounts": [{"name": "a", "mountPath": "/a", "readOnly": False}]}}, "readOnly"),
    ({"cluster": {"executor": {}}}, "executor"),
]


def render(chart, values):
    """The manifests by the names of their templates."""
    rendered = chart.render(values, name="try", namespace="data")
    return {
        name: [manifest for manifest in yaml.safe_load_all(text) if manifest]
        for name, text in rendered.items()
        if not name.endswith("NOTES.txt")
    }


def pods(manifests):
    specs = [manifest.get("spec", {}) for manifest in manifests]
    specs = [spec.get("jobTemplate", {}).get("spec", spec) for spec in specs]
    return [spec["template"]["spec"] for spec in specs if "template" in spec]


def weak(manifests):
    """What a pod has and should not have, or lacks."""
    found = []
    for pod in pods(manifests):
        for container in pod["containers"]:
            guard = container.get("securityContext", {})
            asked = {
                "may be root": not pod.get("securityContext", {}).get("runAsNonRoot"),
                "can write to its root": not guard.get("readOnlyRootFilesystem"),
                "may get new privileges": guard.get("allowPrivilegeEscalation") is not False,
                "keeps capabilities": guard.get("capabilities", {}).get("drop") != ["ALL"],
                "has no limit of memory": "memory" not in container["resources"]["limits"],
                "has a token of Kubernetes": pod.get("automountServiceAccountToken") is not False,
                "gets variables of Services": pod.get("enableServiceLinks") is not False,
                "is not probed": pod.get("restartPolicy") != "Never"
                and not {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container),
            }
            found += [f"{container['name']}: {what}" for what, holds in asked.items() if holds]
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            named = {volume["name"] for volume in pod["volumes"]}
            found += [f"{container['name']}: volume `{name}` is named or mounted only" for name in mounted ^ named]
    return found


def unguarded(manifests):
    """Pods of the cluster that neither a policy nor TLS and a secret stand in front of."""
    policies = [m["spec"] for m in manifests if m["kind"] == "NetworkPolicy"]
    guarded = set()
    for policy in policies:
        if all(rule.get("from") for rule in policy["ingress"]):
            for expression in policy["podSelector"].get("matchExpressions", []):
                guarded |= set(expression["values"])
    found = []
    for pod in pods(manifests):
        for container in pod["containers"]:
            if "--allow-open" in container["args"] and container["name"] not in guarded:
                found.append(f"{container['name']}: everybody reaches its port")
    return found


def rendered(chart, folder, file):
    """Complaints on the chart with the values of one file."""
    values = yaml.safe_load(file.read_text()) or {}
    report = helm_python.lint(str(folder), values, strict=True)
    found = [m["error"] for m in report["messages"] if m["severity"] >= WARNING] + report["errors"]
    try:
        manifests = list(itertools.chain.from_iterable(render(chart, values).values()))
    except (helm_python.HelmError, yaml.YAMLError) as error:
        return [*found, str(error)]
    for manifest in manifests:
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                found.append(f"{manifest['kind']} {manifest['metadata']['name']} in {version}: {error.message}")
    return found + weak(manifests) + unguarded(manifests)


def refused(chart, values, wanted):
    try:
        chart.validate_schema(values)
        render(chart, values)
    except helm_python.HelmError as error:
        return [] if wanted in str(error) else [f"{values} is refused, but with: {error}"]
    return [f"{values} is taken"]


def silent(chart, files):
    """Templates that no file of values brings to say anything."""
    said = set()
    for file in files:
        said |= {name for name, manifests in render(chart, yaml.safe_load(file.read_text()) or {}).items() if manifests}
    templates = {f"driftline/{t['name']}" for t in chart.templates if t["name"].endswith(".yaml")}
    return [f"{name} is rendered with no values in ci/" for name in sorted(templates - said)]


def leaves(values, above=()):
    """The names of all values, as they are set on the command line."""
    for name, value in values.items():
        # Taken over by Kubernetes as they are.
        whole = name in {"resources", "podSecurityContext", "securityContext"}
        if isinstance(value, dict) and value and not whole:
            yield from leaves(value, (*above, name))
        else:
            yield ".".join((*above, name))


def unexplained(deploy, chart):
    """Values that the manual does not name."""
    page = (deploy.parent / "docs/src/service/deployment.md").read_text()
    return [f"deployment.md does not explain `{name}`" for name in leaves(chart.values) if f"`{name}`" not in page]


def look(deploy):
    folder = deploy / CHART
    files = sorted((folder / "ci").glob("*.yaml"))
    found = yamllint(deploy, folder / "values.yaml", folder / "Chart.yaml", *files)
    with helm_python.Chart.load(str(folder)) as chart:
        for file in files:
            found += [f"{file.name}: {complaint}" for complaint in rendered(chart, folder, file)]
        for values, wanted in REFUSED:
            found += refused(chart, values, wanted)
        found += unexplained(deploy, chart)
        if not found:
            found += silent(chart, files)
    return found, []
