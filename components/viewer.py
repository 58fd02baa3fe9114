"""The viewer: the stack's dashboards without a Grafana, drawn in the reader's browser from live queries; read-only.

nginx serves the pages and stands in front of the stores: people have one login, for the pages, and only queries that
panels make go through. The pages themselves are in the image, the stack's dashboards in its configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.datasource import DataSource
from components.endpoints import VIEWER, GuardedEndpoint
from components.grafana_sources import datasources
from components.prometheus import QUERY_PATHS
from components.replicas import prometheuses
from components.stores import stores_of
from dashboards import dashboards_of
from settings.model import StackSettings
from settings.secrets import SecretFile
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Workload

_NOBODY = 65534
_CONFIG = "/etc/viewer"
_PAGES = "/usr/share/viewer"
_HEALTH = "/healthy"
# What start.sh of the image writes, from what only a running container knows.
_STARTED = "/tmp"
# Nothing comes from elsewhere, and nobody puts the pages into theirs. Styles are made by the pages' own program.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Viewer(Component):
    """The dashboards, where there is no Grafana."""

    type_token = "monitoring:components:Viewer"


def viewer_workload(plan: MonitoringPlan) -> Workload:
    """nginx with the plan's dashboards. It has the stores' logins in secret files, and its own."""
    sources = _asked(plan.settings)
    guarded = (source.endpoint for source in sources if isinstance(source.endpoint, GuardedEndpoint))
    logins = [VIEWER.login, *(endpoint.login for endpoint in guarded)]
    return Workload(
        name=VIEWER.workload,
        image="viewer",
        user=_NOBODY,
        args=(VIEWER.login.secret, "nginx", "-c", f"{_CONFIG}/nginx.conf", "-g", "daemon off;"),
        # A restart, not a signal: start.sh has to read a rotated password again.
        config=ConfigDirectory(_CONFIG, viewer_files(plan), reload="restart"),
        secrets={login.secret: SecretFile.of(login.secret) for login in logins},
        ports=(VIEWER.listener,),
        tmpfs=(_STARTED,),
        probe=HttpProbe(VIEWER.port, _HEALTH),
        limits=Limits(cpus=0.5, memory_mebibytes=64),
    )


def viewer_files(plan: MonitoringPlan) -> dict[str, str]:
    """nginx's configuration, the plan's dashboards, and what the pages must know of the stack."""
    found = dashboards_of(plan, stores_of(plan.settings))
    stack = page_document(plan.stack, found.values(), _asked(plan.settings))
    return {
        "nginx.conf": "\n".join(_nginx(plan.settings)) + "\n",
        "pages/stack.json": _json(stack),
        **{f"pages/dashboards/{uid}.json": _json(one) for uid, one in found.items()},
    }


def page_document(stack: str, dashboards: Iterable[Mapping[str, Any]], sources: Iterable[DataSource]) -> dict[str, Any]:
    """What every page of the viewer is told: `Page` of viewer/src/model.ts, without a dashboard.

    Args:
        stack: whose it is.
        dashboards: finished ones, for the list of all.
        sources: the data sources that their queries name.
    """
    return {
        "stack": stack,
        "dashboards": [{key: one[key] for key in ("uid", "title", "description")} for one in dashboards],
        "sources": {
            source.ref.uid: {
                "type": source.ref.type,
                "name": source.name,
                "path": _path(source),
                "options": dict(source.options),
            }
            for source in sources
        },
    }


def _asked(settings: StackSettings) -> tuple[DataSource, ...]:
    """The data sources that panels ask: the first Prometheus and the stores."""
    wanted = _query_paths(settings)
    return tuple(source for source in datasources(settings, stores_of(settings)) if source.ref.uid in wanted)


def _query_paths(settings: StackSettings) -> Mapping[str, str]:
    """What may be asked of each data source, by uid, as regular expressions of paths."""
    stores = stores_of(settings)
    return {
        prometheuses(settings)[0].workload: QUERY_PATHS,
        **{store.source.uid: store.query_paths for store in stores.both},
    }


def _path(source: DataSource) -> str:
    return f"/api/{source.ref.uid}"


def _json(document: object) -> str:
    """Short: a ConfigMap holds a mebibyte."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def _nginx(settings: StackSettings) -> Iterator[str]:
    yield from _block("", ("pid /tmp/nginx.pid;", "error_log stderr warn;", "worker_processes 1;"))
    yield from _block("events", ("worker_connections 512;",))
    yield from _block("http", (*_HTTP, *_block("server", _server(settings))))


# Answers are passed on as they come, and never written to a disk.
_HTTP = (
    "types { text/html html; text/css css; application/javascript js; application/json json; image/svg+xml svg; }",
    "default_type application/octet-stream;",
    "charset utf-8;",
    "access_log off;",
    "server_tokens off;",
    "gzip on;",
    "gzip_comp_level 2;",
    "gzip_min_length 1024;",
    "gzip_proxied any;",
    "gzip_types text/css application/javascript application/json application/stream+json;",
    *(f"{kind}_temp_path {_STARTED}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
    "proxy_max_temp_file_size 0;",
    "proxy_read_timeout 30s;",
    "large_client_header_buffers 4 64k;",
    # The name server, and how names of this stack end there.
    f"include {_STARTED}/names.conf;",
)


def _server(settings: StackSettings) -> Iterator[str]:
    yield f"listen {VIEWER.port};"
    yield 'auth_basic "Dashboards";'
    yield f"auth_basic_user_file {_STARTED}/users;"
    yield from (
        f'add_header {name} "{value}" always;'
        for name, value in (
            ("Content-Security-Policy", _POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-cache"),
        )
    )
    # Files of an image are all of 1970: two of the same length could not be told apart.
    yield from ("etag off;", "if_modified_since off;", 'add_header Last-Modified "";')
    yield from _block(f"location = {_HEALTH}", ("auth_basic off;", 'return 200 "healthy";'))
    yield from _block("location = /stack.json", (f"root {_CONFIG}/pages;",))
    yield from _block("location /dashboards/", (f"root {_CONFIG}/pages;",))
    yield from _block("location /", (f"root {_PAGES};", "try_files $uri /index.html;"))
    yield from _block("location /api/", ("return 404;",))
    paths = _query_paths(settings)
    for source in _asked(settings):
        yield from _proxy(source, paths[source.ref.uid])


def _proxy(source: DataSource, paths: str) -> Iterator[str]:
    endpoint = source.endpoint
    login = (
        (f"include {_STARTED}/{endpoint.login.secret}.conf;",)
        if isinstance(endpoint, GuardedEndpoint)
        else ('proxy_set_header Authorization "";',)
    )
    yield from _block(
        f'location ~ "^{_path(source)}(?<asked>{paths})$"',
        (
            "limit_except GET { deny all; }",
            *login,
            # A name in a variable is looked up again when its answer is old: a container that is made anew has
            # another address.
            f"set $source {endpoint.workload};",
            f"proxy_pass http://$source$names_end:{endpoint.port}$asked$is_args$args;",
        ),
    )


def _block(head: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines in braces, or as they are without a head."""
    if not head:
        yield from lines
        return
    yield f"{head} {{"
    yield from (f"    {line}" for line in lines)
    yield "}"
