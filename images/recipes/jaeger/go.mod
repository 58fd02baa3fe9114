module monitoring/images/jaeger

go 1.26

require github.com/jaegertracing/jaeger v1.76.0

// A third of the time to compile; see the package's own comment.
replace github.com/elastic/go-elasticsearch/v9 => ./elasticsearch
