module monitoring/tools/actionlint

go 1.26.3

require github.com/rhysd/actionlint v1.7.12
