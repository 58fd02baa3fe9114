// What every kind of panel is given to draw itself.
import type { DataFrame, FieldConfigSource, TimeRange } from '@grafana/data';
import type { Panel, Source } from '../model';
import type { Interpolate } from '../variables';

export interface Draw {
  panel: Panel;
  frames: DataFrame[];
  exemplars: DataFrame[];
  annotations: DataFrame[];
  fieldConfig: FieldConfigSource;
  options: Record<string, any>;
  width: number;
  height: number;
  timeRange: TimeRange;
  timeZone: string;
  interpolate: Interpolate;
  sync: number;
  zoom(range: { from: number; to: number }): void;
  /** Where a value leads from a data source, by its configuration; null where this page reaches no other. */
  explore: ((source: Source, traceId: string) => string | null) | null;
  source?: Source;
}
