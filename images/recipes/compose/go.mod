module monitoring/tools/compose

go 1.26.3

require (
	github.com/docker/compose/v5 v5.5.1
	monitoring/images/shared v0.0.0
)

exclude (
	github.com/davecgh/go-spew v1.1.2-0.20180830191138-d8f796af33cc
	github.com/pmezard/go-difflib v1.0.1-0.20181226105442-5d4384ee4fb2
)

replace monitoring/images/shared => ../shared
