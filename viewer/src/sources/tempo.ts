import type { SourceKind } from './source';
import { spanFrames, traceList } from './traces';

const MILLI = 1e6;
const text = (value: any): string => String(Object.values(value ?? { none: '' })[0]);
const tagsOf = (attributes: any[] = []): Record<string, string> => Object.fromEntries(attributes.map(({ key, value }) => [key, text(value)]));

export const tempo: SourceKind = {
  request({ target, from, to }) {
    const query = target.query ?? '';
    if (/^[0-9a-f]{16,32}$/i.test(query)) {
      return { path: `/api/v2/traces/${query}`, params: {} };
    }
    const params = { q: query, start: `${Math.floor(from / 1000)}`, end: `${Math.ceil(to / 1000)}`, limit: `${target.limit ?? 20}` };
    return { path: '/api/search', params };
  },
  frames({ target }, document) {
    return document.trace
      ? spanFrames(target.refId, document.trace.resourceSpans.flatMap(spans))
      : traceList(target.refId, (document.traces ?? []).map(found));
  },
};

const found = (trace: any) => ({
  id: trace.traceID,
  name: `${trace.rootServiceName}: ${trace.rootTraceName ?? ''}`,
  start: Number(trace.startTimeUnixNano) / MILLI,
  duration: trace.durationMs ?? 0,
});

function spans(resource: any) {
  const service = tagsOf(resource.resource.attributes)['service.name'] ?? '';
  return resource.scopeSpans.flatMap((scope: any) =>
    scope.spans.map((span: any) => ({
      id: span.spanId,
      parent: span.parentSpanId || undefined,
      service,
      name: span.name,
      start: Number(span.startTimeUnixNano) / MILLI,
      duration: (Number(span.endTimeUnixNano) - Number(span.startTimeUnixNano)) / MILLI,
      error: span.status?.code === 'STATUS_CODE_ERROR' || span.status?.code === 2,
      tags: tagsOf(span.attributes),
    })),
  );
}
