import type { SourceKind } from './source';
import { callFrames, spanFrames, traceList } from './traces';

const MICRO = 1000;
const WANTED = ['service', 'operation', 'tags', 'minDuration', 'maxDuration'];

export const jaeger: SourceKind = {
  request({ target, from, to }) {
    switch (target.queryType) {
      case 'dependencyGraph':
        return { path: '/api/dependencies', params: { endTs: `${Math.round(to)}`, lookback: `${Math.round(to - from)}` } };
      case 'search': {
        const wanted = WANTED.filter((key) => target[key]).map((key) => [key, String(target[key])]);
        const times = { start: `${Math.round(from * MICRO)}`, end: `${Math.round(to * MICRO)}`, limit: `${target.limit ?? 20}` };
        return { path: '/api/traces', params: { ...Object.fromEntries(wanted), ...times } };
      }
      default:
        return { path: `/api/traces/${encodeURIComponent(target.query ?? '')}`, params: {} };
    }
  },
  frames({ target }, document) {
    const data = document.data ?? [];
    if (target.queryType === 'dependencyGraph') {
      return callFrames(data);
    }
    return target.queryType === 'search' ? traceList(target.refId, data.map(found)) : spanFrames(target.refId, data.flatMap(spans));
  },
};

const service = (trace: any, span: any): string => trace.processes[span.processID].serviceName;

function found(trace: any) {
  const first = trace.spans.reduce((one: any, other: any) => (other.startTime < one.startTime ? other : one));
  const end = Math.max(...trace.spans.map((span: any) => span.startTime + span.duration));
  return { id: trace.traceID, name: `${service(trace, first)}: ${first.operationName}`, start: first.startTime / MICRO, duration: (end - first.startTime) / MICRO };
}

function spans(trace: any) {
  return trace.spans.map((span: any) => ({
    id: span.spanID,
    parent: span.references?.find((one: any) => one.refType === 'CHILD_OF')?.spanID,
    service: service(trace, span),
    name: span.operationName,
    start: span.startTime / MICRO,
    duration: span.duration / MICRO,
    error: span.tags.some((tag: any) => tag.key === 'error' && String(tag.value) === 'true'),
    tags: Object.fromEntries(span.tags.map((tag: any) => [tag.key, String(tag.value)])),
  }));
}
