import { lineFrames } from './logs';
import { seriesFrames } from './prometheus';
import type { SourceKind } from './source';

const nanoseconds = (milliseconds: number): string => `${Math.round(milliseconds)}000000`;

export const loki: SourceKind = {
  request({ target, from, to, step }) {
    const query = { query: target.expr! };
    if (target.queryType === 'instant') {
      return { path: '/loki/api/v1/query', params: { ...query, time: nanoseconds(to) } };
    }
    const params = { ...query, start: nanoseconds(from), end: nanoseconds(to), step: `${step}`, limit: `${target.maxLines ?? 1000}`, direction: 'backward' };
    return { path: '/loki/api/v1/query_range', params };
  },
  frames(asked, document) {
    const { resultType, result } = document.data;
    if (resultType !== 'streams') {
      return seriesFrames(asked, result);
    }
    return lineFrames(
      asked.target.refId,
      result.flatMap((stream: any) =>
        stream.values.map(([time, text]: [string, string]) => ({ time: Number(time.slice(0, -6)), text, labels: stream.stream })),
      ),
    );
  },
};
