module monitoring/images/alertmanager

go 1.26.0

require (
	github.com/prometheus/alertmanager v0.34.2
	monitoring/images/shared v0.0.0
)

replace monitoring/images/shared => ../shared
