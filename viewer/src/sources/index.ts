// Every kind of data source by the type that Grafana calls it.
import { jaeger } from './jaeger';
import { loki } from './loki';
import { prometheus } from './prometheus';
import type { SourceKind } from './source';
import { tempo } from './tempo';
import { victorialogs } from './victorialogs';

export const KINDS: Record<string, SourceKind> = {
  prometheus,
  loki,
  'victoriametrics-logs-datasource': victorialogs,
  jaeger,
  tempo,
};
