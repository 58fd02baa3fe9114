module monitoring/images/node-exporter

go 1.26

require (
	github.com/prometheus/node_exporter v1.12.1
	monitoring/images/shared v0.0.0
)

replace monitoring/images/shared => ../shared
