import { lineFrames } from './logs';
import { seriesFrames } from './prometheus';
import type { SourceKind } from './source';

const seconds = (milliseconds: number): string => `${milliseconds / 1000}`;

export const victorialogs: SourceKind = {
  request({ target, from, to, step }) {
    const query = { query: target.expr! };
    const times = { start: seconds(from), end: seconds(to) };
    switch (target.queryType) {
      case 'stats':
        return { path: '/select/logsql/stats_query', params: { ...query, time: seconds(to) } };
      case 'statsRange':
        return { path: '/select/logsql/stats_query_range', params: { ...query, ...times, step: `${step}s` } };
      default:
        return { path: '/select/logsql/query', params: { ...query, ...times, limit: `${target.maxLines ?? 1000}` }, text: true };
    }
  },
  frames(asked, document) {
    if (typeof document !== 'string') {
      return seriesFrames(asked, document.data.result);
    }
    const lines = document.split('\n').filter(Boolean).map((text) => JSON.parse(text));
    return lineFrames(
      asked.target.refId,
      lines.map(({ _time, _msg = '', _stream, _stream_id, ...labels }) => ({ time: Date.parse(_time), text: _msg, labels })),
    );
  },
};
