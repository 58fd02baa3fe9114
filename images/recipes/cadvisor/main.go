// Command cadvisor serves the resource use of this machine's containers in the Prometheus format.
//
// The upstream command is not published as a Go module, its libraries are. This program joins the parts a
// scraper needs (container discovery, resource accounting, the metrics endpoint) and takes the upstream
// command's flags for them, so one list of arguments works with either image. It has no web pages, no REST
// API and no storage drivers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/google/cadvisor/container/docker/install"
	"github.com/google/cadvisor/lib/cache/memory"
	"github.com/google/cadvisor/lib/container"
	_ "github.com/google/cadvisor/lib/container/containerd/install"
	_ "github.com/google/cadvisor/lib/container/systemd/install"
	_ "github.com/google/cadvisor/lib/fs/btrfs/install"
	_ "github.com/google/cadvisor/lib/fs/overlay/install"
	_ "github.com/google/cadvisor/lib/fs/tmpfs/install"
	_ "github.com/google/cadvisor/lib/fs/vfs/install"
	"github.com/google/cadvisor/lib/manager"
	"github.com/google/cadvisor/lib/metrics"
	"github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/lib/utils/sysfs"
	"github.com/google/cadvisor/lib/version"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// unsupported are the metric kinds whose collectors upstream compiles into its command only.
var unsupported = container.MetricSet{
	container.AppMetrics:     {},
	container.CpuLoadMetrics: {},
	container.PerfMetrics:    {},
	container.ResctrlMetrics: {},
}

// off are the kinds that upstream leaves out unless asked, because they are costly or rarely read.
var off = container.MetricSet{
	container.CPUSetMetrics:                  {},
	container.CPUTopologyMetrics:             {},
	container.HugetlbUsageMetrics:            {},
	container.MemoryNumaMetrics:              {},
	container.NetworkAdvancedTcpUsageMetrics: {},
	container.NetworkTcpUsageMetrics:         {},
	container.NetworkUdpUsageMetrics:         {},
	container.ProcessMetrics:                 {},
	container.ProcessSchedulerMetrics:        {},
	container.ReferencedMemoryMetrics:        {},
	container.ResctrlMetrics:                 {},
}

type options struct {
	port            int
	listenIP        string
	endpoint        string
	disable, enable container.MetricSet
	storeLabels     bool
	labels          string
	envs            string
	rawPrefixes     string
	keep            time.Duration
	version         bool
}

func main() {
	o := options{disable: off}
	flag.IntVar(&o.port, "port", 8080, "port to listen on")
	flag.StringVar(&o.listenIP, "listen_ip", "", "address to listen on, all when empty")
	flag.StringVar(&o.endpoint, "prometheus_endpoint", "/metrics", "path of the metrics")
	flag.Var(&o.disable, "disable_metrics", "comma-separated kinds of metrics to leave out")
	flag.Var(&o.enable, "enable_metrics", "comma-separated kinds of metrics to serve, in place of disable_metrics")
	flag.BoolVar(&o.storeLabels, "store_container_labels", true, "turn container labels into series labels")
	flag.StringVar(&o.labels, "whitelisted_container_labels", "", "container labels to keep when the others are not stored")
	flag.StringVar(&o.envs, "env_metadata_whitelist", "", "environment variables to turn into series labels")
	flag.StringVar(&o.rawPrefixes, "raw_cgroup_prefix_whitelist", "", "cgroup prefixes to report besides containers")
	flag.DurationVar(&o.keep, "storage_duration", 2*time.Minute, "how long samples are kept in memory")
	flag.BoolVar(&o.version, "version", false, "print the version and exit")
	klog.InitFlags(nil)
	flag.Parse()

	if o.version {
		fmt.Printf("cAdvisor version %s\n", version.Version)
		return
	}
	if err := serve(o); err != nil {
		klog.ErrorS(err, "cadvisor stops")
		klog.Flush()
		os.Exit(1)
	}
}

func serve(o options) error {
	kinds := container.AllMetrics.Difference(o.disable)
	if len(o.enable) > 0 {
		kinds = o.enable
	}
	kinds = kinds.Difference(unsupported)

	// The manager reads an empty prefix as "every cgroup", and needs at least that one.
	prefixes := strings.Split(o.rawPrefixes, ",")
	m, err := manager.New(memory.New(o.keep, nil), sysfs.NewRealSysFs(), manager.HousekeepingConfigFlags, kinds,
		prefixes, list(o.envs), "", 0)
	if err != nil {
		return fmt.Errorf("reading the machine: %w", err)
	}
	if err := m.Start(); err != nil {
		return fmt.Errorf("finding containers: %w", err)
	}
	defer func() { _ = m.Stop() }()

	labels := metrics.ContainerLabelsFunc(metrics.DefaultContainerLabels)
	if !o.storeLabels {
		labels = metrics.BaseContainerLabels(list(o.labels))
	}
	registry := prometheus.NewRegistry()
	query := model.RequestOptions{IdType: model.TypeName, Count: 1, Recursive: true}
	registry.MustRegister(
		metrics.NewPrometheusCollector(m, labels, kinds, clock.RealClock{}, query),
		metrics.NewPrometheusMachineCollector(m, kinds),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)

	mux := http.NewServeMux()
	mux.Handle(o.endpoint, promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	server := &http.Server{
		Addr:              net.JoinHostPort(o.listenIP, strconv.Itoa(o.port)),
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(closing)
	}()
	klog.InfoS("cadvisor serves metrics", "address", server.Addr, "version", version.Version)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listening on %s: %w", server.Addr, err)
	}
	return nil
}

// list splits a comma-separated flag; an empty flag is an empty list, not a list of one empty word.
func list(value string) []string {
	var words []string
	for _, word := range strings.Split(value, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}
