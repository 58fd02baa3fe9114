module monitoring/images/nginx-exporter

go 1.26

require github.com/nginxinc/nginx-prometheus-exporter v1.3.0
