// Addresses of Grafana's Explore, which dashboards, lines and exemplars lead to, as pages of one panel.
import type { Dashboard, Page, Panel, Source, Target } from './model';

const TYPES: Record<string, string> = { prometheus: 'timeseries', loki: 'logs', 'victoriametrics-logs-datasource': 'logs', jaeger: 'table', tempo: 'table' };
const TRACE_ID = /^[0-9a-f]{16,32}$/i;
const HEIGHT = 20;

interface Pane {
  datasource: string;
  queries: Target[];
  range?: { from: string; to: string };
}

/** The address of a search. `${…}` stays, for values to be put in its place. */
export function exploreUrl(datasource: string, query: Partial<Target>, range = { from: 'now-1h', to: 'now' }): string {
  const pane: Pane = { datasource, queries: [{ refId: 'A', ...query }], range };
  return `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify({ pane })).replaceAll('%24%7B', '${').replaceAll('%7D', '}')}`;
}

/** Where the trace of a line or of an exemplar is, as the data source that has it says. */
export function traceUrl(source: Source, id: string): string | null {
  const { derivedFields = [], exemplarTraceIdDestinations = [] } = source.options;
  const [{ datasourceUid = '' } = {}] = [...derivedFields, ...exemplarTraceIdDestinations];
  return datasourceUid && TRACE_ID.test(id) ? exploreUrl(datasourceUid, { query: id }) : null;
}

/** The page that an address of Explore asks for. Throws an error that says what is wrong with the address. */
export function explored(page: Page, panes: string | null): Dashboard {
  const [pane] = Object.values(JSON.parse(panes ?? '{}')) as Pane[];
  const source = page.sources[pane?.datasource];
  if (!source) {
    throw new Error(`The address names ${pane ? `the data source ${pane.datasource}` : 'nothing to show'}; there are ${Object.keys(page.sources).join(', ')}.`);
  }
  const targets = pane.queries.map((query) => ({ ...query, datasource: { uid: pane.datasource, type: source.type } }));
  const one = targets.some(({ query }) => TRACE_ID.test(query ?? ''));
  const panel: Panel = {
    id: 1,
    type: one ? 'traces' : TYPES[source.type],
    title: one ? `Trace ${targets[0].query}` : source.name,
    gridPos: { x: 0, y: 0, w: 24, h: HEIGHT },
    targets,
    options: { showTime: true, wrapLogMessage: true },
    fieldConfig: { defaults: { noValue: 'Nothing was found in this time' }, overrides: [traceLinks(pane.datasource)] },
  };
  return { uid: 'explore', title: one ? 'Trace' : source.name, time: pane.range ?? { from: 'now-1h', to: 'now' }, panels: [panel] };
}

const traceLinks = (datasource: string) => ({
  matcher: { id: 'byName', options: 'Trace ID' },
  properties: [{ id: 'links', value: [{ title: 'Show the trace', url: exploreUrl(datasource, { query: '${__value.raw}' }) }] }],
});
