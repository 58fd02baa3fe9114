module monitoring/images/victorialogs

go 1.26.5

require (
	github.com/VictoriaMetrics/VictoriaLogs v1.52.1
	monitoring/images/shared v0.0.0
)

replace monitoring/images/shared => ../shared
