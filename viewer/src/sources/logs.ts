// Lines of any store of logs as one frame.
import { type DataFrame, FieldType, createDataFrame } from '@grafana/data';
import type { Labels } from './prometheus';

/** `time` is milliseconds since 1970. */
export interface Line {
  time: number;
  text: string;
  labels: Labels;
}

export function lineFrames(refId: string, lines: Line[]): DataFrame[] {
  if (!lines.length) {
    return [];
  }
  return [
    createDataFrame({
      refId,
      meta: { preferredVisualisationType: 'logs' },
      fields: [
        { name: 'Time', type: FieldType.time, values: lines.map(({ time }) => time) },
        { name: 'Line', type: FieldType.string, values: lines.map(({ text }) => text) },
        { name: 'labels', type: FieldType.other, values: lines.map(({ labels }) => labels) },
      ],
    }),
  ];
}
