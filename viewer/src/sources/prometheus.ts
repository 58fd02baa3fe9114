import { type DataFrame, FieldType, createDataFrame } from '@grafana/data';
import type { Asked, Request, SourceKind } from './source';

export type Labels = Record<string, string>;
type Point = [number, string];
interface Series {
  metric: Labels;
  values?: Point[];
  value?: Point;
}

const MOST_EXEMPLARS = 100;

export const value = (text: string): number => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));
const points = (series: Series): Point[] => series.values ?? [series.value!];
const seconds = (milliseconds: number): string => `${milliseconds / 1000}`;

/** `{{label}}` replaced by the label's value. */
export const filled = (format: string, labels: Labels): string =>
  format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');

export function legend(format: string | undefined, labels: Labels): string {
  if (format && format !== '__auto') {
    return filled(format, labels);
  }
  const { __name__: name = '', ...others } = labels;
  if (format === '__auto' && Object.keys(others).length === 1) {
    return Object.values(others)[0];
  }
  const pairs = Object.entries(others).map(([key, text]) => `${key}="${text}"`);
  return pairs.length || !name ? `${name}{${pairs.join(', ')}}` : name;
}

export function seriesFrames({ target, step, several }: Asked, result: Series[]): DataFrame[] {
  return target.format === 'table' ? table(target.refId, result, several) : result.map((one) => line(target, one, step));
}

function line({ refId, legendFormat }: Asked['target'], series: Series, step: number): DataFrame {
  const name = legend(legendFormat, series.metric);
  const all = points(series);
  return createDataFrame({
    refId,
    name,
    fields: [
      { name: 'Time', type: FieldType.time, values: all.map(([at]) => at * 1000), config: { interval: step * 1000 } },
      { name: 'Value', type: FieldType.number, labels: series.metric, values: all.map(([, text]) => value(text)), config: { displayNameFromDS: name } },
    ],
  });
}

function table(refId: string, result: Series[], several: boolean): DataFrame[] {
  const rows = result.flatMap((series) => points(series).map((point) => ({ labels: series.metric, point })));
  if (!rows.length) {
    return [];
  }
  const names = [...new Set(result.flatMap((series) => Object.keys(series.metric)))].sort();
  return [
    createDataFrame({
      refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: rows.map(({ point }) => point[0] * 1000) },
        ...names.map((name) => ({ name, type: FieldType.string, values: rows.map(({ labels }) => labels[name]) })),
        { name: several ? `Value #${refId}` : 'Value', type: FieldType.number, values: rows.map(({ point }) => value(point[1])) },
      ],
    }),
  ];
}

interface Exemplar {
  timestamp: number;
  value: string;
  labels: Labels;
  series: Labels;
}

/** The greatest of each piece of time (milliseconds): the slow ones are what somebody wants to look at. */
function fewer(found: Exemplar[], piece: number): Exemplar[] {
  const greatest = new Map<number, Exemplar>();
  for (const one of found) {
    const at = Math.floor((one.timestamp * 1000) / piece);
    const other = greatest.get(at);
    if (!other || Number(one.value) > Number(other.value)) {
      greatest.set(at, one);
    }
  }
  return [...greatest.values()];
}

const exemplarRequest = ({ target, from, to }: Asked): Request => ({
  path: '/api/v1/query_exemplars',
  params: { query: target.expr!, start: seconds(from), end: seconds(to) },
});

export const prometheus: SourceKind = {
  request({ target, from, to, step }) {
    const query = { query: target.expr! };
    return target.instant
      ? { path: '/api/v1/query', params: { ...query, time: seconds(to) } }
      : { path: '/api/v1/query_range', params: { ...query, start: seconds(from), end: seconds(to), step: `${step}` } };
  },
  frames(asked, document) {
    const { resultType, result } = document.data;
    return seriesFrames(asked, resultType === 'scalar' || resultType === 'string' ? [{ metric: {}, value: result }] : result);
  },
  exemplarRequest,
  exemplars({ from, to }, document) {
    const found: Exemplar[] = document.data.flatMap((series: any) => series.exemplars.map((one: any) => ({ ...one, series: series.seriesLabels })));
    const all = fewer(found, (to - from) / MOST_EXEMPLARS);
    return all.length
      ? [
          createDataFrame({
            fields: [
              { name: 'time', type: FieldType.time, values: all.map(({ timestamp }) => timestamp * 1000) },
              { name: 'value', type: FieldType.number, values: all.map((one) => Number(one.value)) },
              { name: 'labels', type: FieldType.other, values: all.map(({ series, labels }) => ({ ...series, ...labels })) },
            ],
          }),
        ]
      : [];
  },
};
