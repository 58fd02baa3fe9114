module monitoring/images/statsd-exporter

go 1.26

require (
	github.com/prometheus/statsd_exporter v0.31.0
	monitoring/images/shared v0.0.0
)

replace monitoring/images/shared => ../shared
