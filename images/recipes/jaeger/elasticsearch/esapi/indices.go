// Package esapi has the one request that Jaeger makes.
package esapi

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Indices makes requests about indices.
type Indices struct {
	Address  string
	Username string
	Password string
	Header   http.Header
	Client   *http.Client
}

// Response is what Elasticsearch answered.
type Response struct {
	StatusCode int
	Body       string
}

// String is the status and the body, for messages.
func (r *Response) String() string {
	return fmt.Sprintf("%d %s: %s", r.StatusCode, http.StatusText(r.StatusCode), r.Body)
}

// PutIndexTemplate creates or replaces the template of that name.
func (i *Indices) PutIndexTemplate(name string, template io.Reader) (*Response, error) {
	target, err := url.JoinPath(i.Address, "_index_template", url.PathEscape(name))
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPut, target, template)
	if err != nil {
		return nil, err
	}
	for header, values := range i.Header {
		request.Header[header] = values
	}
	request.Header.Set("Content-Type", "application/json")
	if i.Username != "" {
		request.SetBasicAuth(i.Username, i.Password)
	}
	answer, err := i.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	return &Response{StatusCode: answer.StatusCode, Body: string(body)}, nil
}
