"""A store more is one file: a made-up Elasticsearch, put beside the others and found when a program starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
_ELASTICSEARCH = ROOT / "tests" / "unit" / "components" / "stores" / "made_up_store.py"
_PROGRAM = """
import json, sys
from types import MappingProxyType
import components.stores
components.stores.__path__.append(sys.argv[1])
import images.catalog
from images.catalog import Image, load_catalog
import program.images, program.prepare
image = {"registry": "example/elasticsearch", "tag": "9.2.0", "digest": "", "unavailable": "None is built."}
own = {"elasticsearch": Image.model_validate(image, context="elasticsearch")}
program.images.load_catalog = lambda: MappingProxyType({**load_catalog(), **own})
from rendering.render import render_tree
from tests.plans import raw_configuration
raw = raw_configuration("dev", {"logs": {"store": "elasticsearch"}})
made = program.prepare.prepare_program(raw, "dev", grafana_content="files")
print(json.dumps({"tree": render_tree(made), "urls": dict(made.urls)}))
"""


def test_an_elasticsearch_store_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "elasticsearch.py").write_text(_ELASTICSEARCH.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    tree, services = found["tree"], yaml.safe_load(found["tree"]["compose.yaml"])["services"]
    assert services["elasticsearch"]["image"] == "example/elasticsearch:9.2.0"
    assert services["elasticsearch"]["ports"] == ["127.0.0.1:9200:9200"]
    assert found["urls"]["elasticsearch"] == "http://127.0.0.1:9200"
    assert "loki" not in services
    gateway = yaml.safe_load(tree["config/collector-gateway/gateway.yaml"])
    assert gateway["service"]["pipelines"]["logs/warning"]["exporters"] == ["elasticsearch/warning"]
    assert gateway["exporters"]["elasticsearch/alerts"]["auth"] == {"authenticator": "basicauth/elasticsearch"}
    assert "basicauth/elasticsearch" in gateway["service"]["extensions"]
    assert "| collector-gateway | `elasticsearchPassword` |" in tree["secrets.md"]
    sources = {
        source["type"]: source
        for source in yaml.safe_load(tree["config/grafana/datasources/datasources.yaml"])["datasources"]
    }
    assert sources["elasticsearch"]["basicAuthUser"] == "admin"
    assert sources["tempo"]["jsonData"]["tracesToLogsV2"]["datasourceUid"] == "elasticsearch"
    (panel,) = [
        panel
        for panel in json.loads(tree["config/grafana/dashboards/monitoring/services.json"])["panels"]
        if panel["type"] == "logs"
    ]
    assert panel["datasource"]["type"] == "elasticsearch"
    assert panel["targets"][0]["expr"] == "service.name:($service)"
