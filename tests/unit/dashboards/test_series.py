"""PromQL about the chosen services' series."""

from __future__ import annotations

from dashboards.series import grown, highest, mean, of, per_second, share, threshold_of, total

CHOSEN = 'service=~"$service"'


def test_every_selector_follows_the_choice_of_services() -> None:
    assert of("up", 'kind="redis"') == f'up{{{CHOSEN}, kind="redis"}}'
    assert per_second("a_total", by="service, db") == f"sum by (service, db) (rate(a_total{{{CHOSEN}}}[5m]))"
    assert total("a") == f"sum by (service) (a{{{CHOSEN}}})"
    assert highest("a") == f"max by (service) (a{{{CHOSEN}}})"
    assert grown("a_total", "1h", 'state="x"') == f'sum by (service) (increase(a_total{{{CHOSEN}, state="x"}}[1h]))'


def test_a_share_and_a_mean_of_nothing_are_no_samples() -> None:
    assert share("hits", "misses") == "hits / (hits + misses > 0)"
    assert mean("d", "1h") == f"{grown('d_sum', '1h')} / ({grown('d_count', '1h')} > 0)"


def test_a_threshold_stands_only_where_there_is_what_it_limits() -> None:
    query = threshold_of("MysqlReplicaLag", of("lag")).build()
    limit = f'max by (service) (service:alert:threshold{{alert="MysqlReplicaLag", {CHOSEN}}})'
    assert query.expr == f"{limit} and on (service) lag{{{CHOSEN}}}"
