// A kind of data source: what it is asked for a query, and its answer as Grafana's data frames.
import type { DataFrame } from '@grafana/data';
import type { Target } from '../model';

/** A query with variables replaced. Times are milliseconds since 1970, `step` is seconds. */
export interface Asked {
  target: Target;
  from: number;
  to: number;
  step: number;
  /** Whether its panel has other queries. */
  several: boolean;
}

export interface Request {
  path: string;
  params: Record<string, string>;
  /** Whether the answer is text, not one JSON document. */
  text?: boolean;
}

export interface SourceKind {
  request(asked: Asked): Request;
  frames(asked: Asked, document: any): DataFrame[];
  exemplarRequest?(asked: Asked): Request;
  exemplars?(asked: Asked, document: any): DataFrame[];
}
