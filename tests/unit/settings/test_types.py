"""The sentence that a text gets which does not look as its type asks."""

from __future__ import annotations

import pytest

from settings.stackfile import RawConfiguration
from tests.unit.settings.few_kinds import A_DURATION, A_NAME, A_TARGET, NO_SECRET, mistakes_in, raw, service


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(service(name="Api"), f"services[0].name: found 'Api'. Allowed: {A_NAME}.", id="a capital letter"),
        pytest.param(
            service(name="a" * 41),
            f"services[0].name: found '{'a' * 41}'. Allowed: {A_NAME}.",
            id="a name that is too long",
        ),
        pytest.param(
            service(target="api"), f"services[0].target: found 'api'. Allowed: {A_TARGET}. Add its port.", id="no port"
        ),
        pytest.param(
            service(target="api:65536"),
            f"services[0].target: found 'api:65536'. Allowed: {A_TARGET}.",
            id="a target's port above the range",
        ),
        pytest.param(
            service(target="http://api:80"),
            f"services[0].target: found 'http://api:80'. Allowed: {A_TARGET}. Leave out 'http://'.",
            id="a URL for a target",
        ),
        pytest.param(
            service(target="https://api:80/health"),
            f"services[0].target: found 'https://api:80/health'. Allowed: {A_TARGET}. Leave out 'https://' and "
            "'/health'. A path has a key of its own.",
            id="a URL with a path for a target",
        ),
        pytest.param(
            service(target="http://x:1/metrics?format=prometheus"),
            f"services[0].target: found 'http://x:1/metrics?format=prometheus'. Allowed: {A_TARGET}. Leave out "
            "'http://' and '/metrics?format=prometheus'. The path and what it is asked with have a key of their own: "
            "path: '/metrics?format=prometheus'.",
            id="a URL with a query for a target",
        ),
        pytest.param(
            service(target="::1"),
            f"services[0].target: found '::1'. Allowed: {A_TARGET}. An IPv6 address is in brackets, with a port behind "
            "it: [::1]:8000.",
            id="an IPv6 address without its brackets",
        ),
        pytest.param(
            service(metrics={"status_label": "a:b"}),
            "services[0].metrics.status_label: found 'a:b'. Allowed: a Prometheus label name: letters, digits, "
            "underscores and dots.",
            id="a label with a colon",
        ),
        pytest.param(
            service(metrics={"status_label": "instance"}),
            "services[0].metrics.status_label: found 'instance', a label that is taken. Allowed: a label of the "
            "program's own. Prometheus or this stack sets it: the program's own value is in a label of another name.",
            id="a label that Prometheus sets",
        ),
        pytest.param(
            service(limits={"body": "9999999999Ti"}),
            "services[0].limits.body: found '9999999999Ti'. Allowed: a size up to 1024Ti.",
            id="a size that no program can count",
        ),
        pytest.param(
            service(limits={"series": 10**19}),
            "services[0].limits.series: found 10000000000000000000. Allowed: a number up to 9223372036854775807.",
            id="more series than can be counted",
        ),
        pytest.param(
            service(alerts={"ServiceDown": {"for": "200000d"}}),
            "services[0].alerts.ServiceDown.for: found '200000d'. Allowed: a duration up to 100y.",
            id="a duration that no program can count",
        ),
        pytest.param(
            service(alerts={"HighLatency": {"threshold": float("inf")}}),
            "services[0].alerts.HighLatency.threshold: found inf. Allowed: a finite number.",
            id="a limit without end",
        ),
        pytest.param(
            service(discover={"files": {"directory": "/srv", "pattern": "targets.txt"}}, target=None),
            "services[0].discover.files.pattern: found 'targets.txt'. Allowed: names of files that end in .json, .yml "
            "or .yaml, without folders; * stands for any letters.",
            id="files that Prometheus reads no targets from",
        ),
        pytest.param(
            service(discover={"kubernetes": {"namespaces": ["A b"], "labels": {"app": "x"}}}, target=None),
            "services[0].discover.kubernetes.namespaces[0]: found 'A b'. Allowed: a name of lower-case letters, digits "
            "and dashes, 63 characters at most.",
            id="a namespace that cannot be, and no word of a list that is too short",
        ),
        pytest.param(
            service(path="metrics"),
            "services[0].path: found 'metrics'. Allowed: a path that starts with /, without blanks.",
            id="a path without its slash",
        ),
        pytest.param(
            service(metrics={"requests_total": "http requests"}),
            "services[0].metrics.requests_total: found 'http requests'. Allowed: a Prometheus metric name: letters, "
            "digits, underscores, colons and dots.",
            id="a metric with a space",
        ),
        pytest.param(
            raw(retention={"metrics": "15days"}),
            f"retention.metrics: found '15days'. Allowed: {A_DURATION}.",
            id="a duration that is spelled out",
        ),
        pytest.param(
            raw(prometheus={"storage": "20GB"}),
            "prometheus.storage: found '20GB'. Allowed: a size such as 512Mi, 10Gi or 1Ti.",
            id="a size in another unit",
        ),
        pytest.param(
            raw(grafana={"url": "grafana.example.com"}),
            "grafana.url: found 'grafana.example.com'. Allowed: a URL that starts with http:// or https://, without "
            "blanks.",
            id="a URL without a scheme",
        ),
        pytest.param(
            raw(services=[{"name": "db", "kind": "postgres", "target": "db:5432", "password": "pass word"}]),
            f"services[0].password: {NO_SECRET}",
            id="a password where a secret's name belongs",
        ),
        pytest.param(
            raw(services=[{"name": "db", "kind": "postgres", "target": "db:5432", "password": 123}]),
            f"services[0].password: {NO_SECRET}",
            id="a password of digits",
        ),
        pytest.param(
            service(target="admin:hunter2@api:8000"),
            f"services[0].target: found 'admin:…@api:8000'. Allowed: {A_TARGET}.",
            id="an address with a login",
        ),
        pytest.param(
            service(target="postgres://admin:p:a/s s@w@api:8000/x"),
            f"services[0].target: found 'postgres://admin:…@api:8000/x'. Allowed: {A_TARGET}. Leave out 'postgres://' "
            "and '/x'. A path has a key of its own.",
            id="an address with a login of every sign",
        ),
        pytest.param(
            raw(grafana={"url": "ftp://admin:hunter2@grafana.example.com"}),
            "grafana.url: found 'ftp://admin:…@grafana.example.com'. Allowed: a URL that starts with http:// or "
            "https://, without blanks.",
            id="a URL with a login",
        ),
    ],
)
def test_a_text_that_does_not_look_right_is_told_how_it_should(configuration: RawConfiguration, sentence: str) -> None:
    assert mistakes_in(configuration) == [sentence]
