// Package elasticsearch stands in for Elasticsearch's client, of which Jaeger makes one request: it puts an index
// template. The whole client is 850 packages, a third of the time to compile Jaeger.
package elasticsearch

import (
	"errors"
	"net/http"

	"github.com/elastic/go-elasticsearch/v9/esapi"
)

// Config says where Elasticsearch is and how to reach it; only the first address is used.
type Config struct {
	Addresses []string
	Username  string
	Password  string
	Header    http.Header
	Transport http.RoundTripper

	// Both make many requests cheaper; for the one that is made here they change nothing.
	DiscoverNodesOnStart bool
	CompressRequestBody  bool
}

// Client talks to Elasticsearch.
type Client struct {
	Indices *esapi.Indices
}

// NewClient is a client of the first address in the configuration.
func NewClient(config Config) (*Client, error) {
	if len(config.Addresses) == 0 {
		return nil, errors.New("no address of Elasticsearch is configured")
	}
	indices := &esapi.Indices{
		Address:  config.Addresses[0],
		Username: config.Username,
		Password: config.Password,
		Header:   config.Header,
		Client:   &http.Client{Transport: config.Transport},
	}
	return &Client{Indices: indices}, nil
}
