// What a page is given: a dashboard as Grafana keeps it, where its data are, and, of a recorded page, the data.

export interface Target {
  refId: string;
  datasource?: { uid: string; type: string };
  hide?: boolean;
  expr?: string;
  query?: string;
  queryType?: string;
  legendFormat?: string;
  format?: string;
  instant?: boolean;
  exemplar?: boolean;
  interval?: string;
  maxLines?: number;
  service?: string;
  [key: string]: unknown;
}

export interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Panel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  gridPos: GridPos;
  transparent?: boolean;
  datasource?: { uid: string; type: string };
  targets?: Target[];
  fieldConfig?: { defaults: Record<string, any>; overrides: any[] };
  options?: Record<string, any>;
  transformations?: Array<{ id: string; options: any; disabled?: boolean }>;
  links?: Link[];
  collapsed?: boolean;
  panels?: Panel[];
}

export interface Link {
  title: string;
  type?: string;
  url?: string;
  tags?: string[];
  includeVars?: boolean;
  keepTime?: boolean;
  targetBlank?: boolean;
}

export interface Variable {
  name: string;
  label?: string;
  type: string;
  hide?: number;
  query?: any;
  regex?: string;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string;
  datasource?: { uid: string; type: string };
  current?: { text?: string | string[]; value?: string | string[] };
  options?: Array<{ text: string; value: string }>;
}

export interface Annotation {
  name: string;
  enable: boolean;
  hide?: boolean;
  iconColor: string;
  datasource?: { uid: string; type: string };
  expr?: string;
  target?: Target;
  titleFormat?: string;
  textFormat?: string;
}

export interface Dashboard {
  uid: string;
  title: string;
  description?: string;
  refresh?: string;
  time?: { from: string; to: string };
  timepicker?: { refresh_intervals?: string[] };
  timezone?: string;
  graphTooltip?: number;
  panels: Panel[];
  templating?: { list: Variable[] };
  annotations?: { list: Annotation[] };
  links?: Link[];
}

/** A data source: `path` is where this page reaches it, which a recorded page does not. */
export interface Source {
  type: string;
  name: string;
  path?: string;
  options: Record<string, any>;
}

/** What a source said to a query: `document`, or the `error` in its place. */
export interface Answer {
  document?: any;
  exemplars?: any;
  error?: string;
}

/** Answers that were kept. Times are milliseconds since 1970, `step` is seconds. */
export interface Recorded {
  from: number;
  to: number;
  step: number;
  variables: Record<string, { options: string[]; chosen: string[] }>;
  panels: Record<string, Record<string, Answer>>;
  annotations: Record<string, Answer>;
}

export interface Listed {
  uid: string;
  title: string;
  description?: string;
}

export interface Page {
  stack: string;
  sources: Record<string, Source>;
  dashboards: Listed[];
  /** What a recorded page shows, beside each other; the list of dashboards where it is empty. */
  shown?: Shown[];
  theme?: 'dark' | 'light';
}

export interface Shown {
  dashboard: Dashboard;
  recorded: Recorded;
  /** Which of several it is, as "before" and "after". */
  note: string;
}

/** One dashboard of a page, with its data where they were recorded: without, it asks the stack. */
export interface Opened extends Page, Partial<Shown> {
  dashboard: Dashboard;
}

/** A moment that panels are drawn for. Times are milliseconds since 1970. */
export interface Moment {
  from: number;
  to: number;
  values: Values;
}

/** The chosen values of each variable. */
export type Values = Record<string, string[]>;
