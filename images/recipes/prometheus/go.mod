module monitoring/images/prometheus

go 1.26.0

require (
	github.com/prometheus/prometheus v0.315.0
	monitoring/images/shared v0.0.0
)

replace cloud.google.com/go => cloud.google.com/go v0.123.0

exclude (
	github.com/grpc-ecosystem/grpc-gateway v1.14.7
	github.com/linode/linodego v1.0.0
	google.golang.org/api v0.30.0
)

replace monitoring/images/shared => ../shared
