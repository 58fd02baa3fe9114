// Traces, as a list, as the spans of one, and as who calls whom, of any store of traces.
import { type DataFrame, FieldType, createDataFrame } from '@grafana/data';

/** Times are milliseconds: since 1970, and long. */
export interface FoundTrace {
  id: string;
  name: string;
  start: number;
  duration: number;
}

export interface Span {
  id: string;
  parent?: string;
  service: string;
  name: string;
  start: number;
  duration: number;
  error: boolean;
  tags: Record<string, string>;
}

export function traceList(refId: string, traces: FoundTrace[]): DataFrame[] {
  if (!traces.length) {
    return [];
  }
  const sorted = [...traces].sort((one, other) => other.start - one.start);
  return [
    createDataFrame({
      refId,
      meta: { preferredVisualisationType: 'table', custom: { traces: true } },
      fields: [
        { name: 'Trace ID', type: FieldType.string, values: sorted.map(({ id }) => id) },
        { name: 'Start time', type: FieldType.time, values: sorted.map(({ start }) => start) },
        { name: 'Name', type: FieldType.string, values: sorted.map(({ name }) => name) },
        { name: 'Duration', type: FieldType.number, values: sorted.map(({ duration }) => duration), config: { unit: 'ms' } },
      ],
    }),
  ];
}

export function spanFrames(refId: string, spans: Span[]): DataFrame[] {
  return spans.length
    ? [createDataFrame({ refId, meta: { preferredVisualisationType: 'trace' }, fields: [{ name: 'spans', type: FieldType.other, values: spans }] })]
    : [];
}

/** Calls from one service to another as the frames of a node graph. */
export function callFrames(calls: Array<{ parent: string; child: string; callCount: number }>): DataFrame[] {
  if (!calls.length) {
    return [];
  }
  const services = [...new Set(calls.flatMap(({ parent, child }) => [parent, child]))];
  return [
    createDataFrame({ name: 'nodes', refId: 'nodes', fields: [{ name: 'id', type: FieldType.string, values: services }, { name: 'title', type: FieldType.string, values: services }] }),
    createDataFrame({
      name: 'edges',
      refId: 'edges',
      fields: [
        { name: 'id', type: FieldType.string, values: calls.map(({ parent, child }) => `${parent}-${child}`) },
        { name: 'source', type: FieldType.string, values: calls.map(({ parent }) => parent) },
        { name: 'target', type: FieldType.string, values: calls.map(({ child }) => child) },
        { name: 'mainstat', type: FieldType.number, values: calls.map(({ callCount }) => callCount) },
      ],
    }),
  ];
}
