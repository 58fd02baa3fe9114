module monitoring/images/node-exporter

go 1.26

require github.com/prometheus/node_exporter v1.12.1
