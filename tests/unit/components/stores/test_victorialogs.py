"""VictoriaLogs: a program for each class of logs, how they are asked, and how their answers are read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from components.stores.store import RetentionClass
from components.stores.victorialogs import STORE
from dashboards.signals import LogQuery
from tests.conftest import Deploy, Deployment
from tests.plans import program_of

KEEPERS = {"victorialogs-default", "victorialogs-warning", "victorialogs-alerts"}
QUERY = LogQuery(("memory-api",))


def stack(deployed: Deploy) -> Deployment:
    return deployed("dev", logs={"store": "victorialogs"})


def flags(arguments: Iterable[str]) -> dict[str, str]:
    """Those that stand once, by name."""
    return dict(argument.lstrip("-").partition("=")[::2] for argument in arguments)


def kept_for(**sections: object) -> dict[str, str]:
    """How long each program of a stack keeps its lines."""
    workloads = program_of(logs={"store": "victorialogs"}, **sections).workloads
    return {found.name: flags(found.args)["retentionPeriod"] for found in workloads if found.name in KEEPERS}


def test_each_class_of_logs_is_kept_as_long_as_the_requirements_say() -> None:
    assert kept_for() == {
        "victorialogs-default": f"{7 * 24}h",
        "victorialogs-warning": f"{30 * 24}h",
        "victorialogs-alerts": f"{90 * 24}h",
    }


def test_logs_are_kept_as_long_as_the_settings_say() -> None:
    kept = kept_for(retention={"logs": "2d", "warning_logs": "2w", "alert_history": "1y"})
    assert [kept[f"victorialogs-{name}"] for name in RetentionClass] == ["48h", "336h", "8760h"]


def test_the_gateway_sends_each_class_to_its_own_program_in_a_queue_of_its_own(deployed: Deploy) -> None:
    config = stack(deployed).document("collector-gateway", "gateway.yaml")
    for kept, pipeline in zip(RetentionClass, ("logs/default", "logs/warning", "logs/alerts"), strict=True):
        (exporter,) = config["service"]["pipelines"][pipeline]["exporters"]
        assert config["exporters"][exporter] == {
            "logs_endpoint": f"http://victorialogs-{kept}:9428/insert/opentelemetry/v1/logs",
            "headers": {"VL-Stream-Fields": "service.name,retention.class"},
            "sending_queue": {
                "storage": "file_storage",
                "queue_size": 5000,
                "batch": {
                    "flush_timeout": "200ms",
                    "sizer": "bytes",
                    "min_size": 1024 * 1024,
                    "max_size": 8 * 1024 * 1024,
                },
            },
            "retry_on_failure": {"enabled": True, "max_elapsed_time": "0s"},
        }


def test_one_program_searches_all_of_them_behind_a_login_and_takes_nothing(deployed: Deploy) -> None:
    found = stack(deployed)
    command = found.container("victorialogs")["command"]
    nodes = {argument.partition("=")[2] for argument in command if argument.startswith("-storageNode=")}
    assert nodes == {f"{name}:9428" for name in KEEPERS}
    assert "-insert.disable" in command
    assert flags(command)["httpAuth.username"] == "admin"
    assert flags(command)["httpAuth.password"] == "file:///run/secrets/victorialogsPassword"
    assert found.files("victorialogs", "secrets") == {"victorialogsPassword": "<secret victorialogsPassword>"}
    assert found.first_of("victorialogs") == {"prepare", *KEEPERS}
    published = {name for name in {"victorialogs", *KEEPERS} if found.container(name).get("ports")}
    assert published == {"victorialogs"}
    (job,) = [
        job
        for job in found.document("prometheus", "prometheus.yml")["scrape_configs"]
        if job["job_name"] == "victorialogs"
    ]
    assert job["basic_auth"] == {"username": "admin", "password_file": "/run/secrets/victorialogsPassword"}


def test_each_program_stops_before_its_volume_is_full() -> None:
    program = program_of(logs={"store": "victorialogs", "storage": "10Gi", "memory": "2Gi"})
    found = {workload.name: workload for workload in program.workloads if workload.name in {"victorialogs", *KEEPERS}}
    caps = {name: flags(found[name].args)["retention.maxDiskSpaceUsageBytes"] for name in KEEPERS}
    # 10 %, 60 % and 30 % of 10240 MiB, and nine tenths of that.
    assert caps == {
        "victorialogs-alerts": "921MiB",
        "victorialogs-default": "5529MiB",
        "victorialogs-warning": "2764MiB",
    }
    assert [workload.limits.memory_mebibytes for workload in found.values()] == [512] * 4


def test_a_query_is_a_stream_filter_and_what_narrows_it() -> None:
    # Grafana joins the values of the variable by |, whatever the plugin would make of them.
    assert STORE.panel_query(LogQuery(("$service",)), 500) == {
        "expr": '{service.name=~"${service:pipe}"}',
        "queryType": "instant",
        "maxLines": 500,
    }
    question = STORE.newest(LogQuery(("a", "b"), having=("correlation_id",)), "2m")
    assert question.path == "/select/logsql/query"
    assert question.params == {
        "query": '{service.name=~"a|b"} "correlation_id":* _time:2m | sort by (_time) desc limit 1'
    }


def test_a_text_is_looked_for_as_it_stands() -> None:
    query = STORE.newest(LogQuery(("a",), contains=('"x":[1.5]', r"^\d$", "a-b")), "5m").params["query"]
    assert query.startswith(r'{service.name=~"a"} _msg:~"\"x\":\\[1\\.5\\]" _msg:~"\\^\\\\d\\$" _msg:~"a-b" _time:5m')


def test_severities_are_counted_where_they_are_kept() -> None:
    question = STORE.severities(QUERY, "2m")
    assert (question.path, question.params["query"]) == (
        "/select/logsql/stats_query",
        '{service.name=~"memory-api"} _time:2m | stats by (severity_text) count() lines',
    )


# As VictoriaLogs 1.52.1 answered, shortened.
LINE = {
    "_msg": "request",
    "_stream": '{retention.class="default",service.name="memory-api"}',
    "_time": "2026-11-26T05:52:21.330121449Z",
    "correlation_id": "01a21669-7b4a-7398-a147-a66c9b167e04",
    "service.name": "memory-api",
    "severity_text": "info",
}
COUNTS = """{"status":"success","data":{"resultType":"vector","result":[
{"metric":{"__name__":"lines","severity_text":"info"},"value":[1795672342.485911,"1491"]},
{"metric":{"__name__":"lines","severity_text":"Unspecified"},"value":[1795672342.485911,"9"]}]}}"""


def test_the_newest_line_is_read_and_no_line_is_none() -> None:
    line = STORE.newest(QUERY, "5m").read(json.dumps(LINE) + "\n")
    assert line is not None
    assert (round(line.seconds, 3), line.text, line.service) == (1795672341.33, "request", "memory-api")
    assert line.fields["correlation_id"] == LINE["correlation_id"]
    assert STORE.newest(QUERY, "5m").read("") is None


def test_lines_without_a_severity_count_as_unset() -> None:
    assert STORE.severities(QUERY, "2m").read(COUNTS) == {"info": 1491, "unset": 9}


def test_warnings_are_the_class_that_is_kept_longer() -> None:
    assert (
        STORE.panel_query(LogQuery(("api",), warnings=True), 500)["expr"]
        == '{service.name=~"api", retention.class="warning"}'
    )
