// Where panels get their data: from the answers that a page was given, or from the stack's stores.
import { type DataFrame, FieldType, createDataFrame, rangeUtil } from '@grafana/data';
import type { Annotation, Answer, Dashboard, Moment, Opened, Page, Panel, Source, Target, Variable, Values } from './model';
import { KINDS } from './sources';
import { filled } from './sources/prometheus';
import type { Request } from './sources/source';
import { ALL, askedOf, macros } from './variables';

const SHORTEST_STEP = 15;
const LABEL_VALUES = /^label_values\((?:([^]*),\s*)?(\w+)\s*\)$/;

export interface PanelData {
  frames: DataFrame[];
  exemplars: DataFrame[];
}

export interface Options {
  name: string;
  options: string[];
  chosen: string[];
}

export interface Data {
  variables(dashboard: Dashboard, moment: Moment): Promise<Options[]>;
  panel(panel: Panel, moment: Moment, width: number, signal: AbortSignal): Promise<PanelData>;
  annotations(dashboard: Dashboard, moment: Moment, signal: AbortSignal): Promise<DataFrame[]>;
}

type Ask = (source: Source, target: Target, place: { panel?: Panel; annotation?: Annotation }, moment: Moment, step: number, signal: AbortSignal) => Promise<Answer>;

/** A page's data. */
export function dataOf(page: Opened): Data {
  const { recorded } = page;
  const ask: Ask = recorded
    ? async (_source, target, { panel, annotation }) =>
        (panel ? recorded.panels[panel.id]?.[target.refId] : recorded.annotations[annotation!.name]) ?? { error: 'Nothing was recorded for this query' }
    : live;
  return {
    async variables(dashboard, moment) {
      if (recorded) {
        return Object.entries(recorded.variables).map(([name, variable]) => ({ name, ...variable }));
      }
      const found: Options[] = [];
      // One after the other: a later one may depend on those before it.
      for (const variable of dashboard.templating?.list ?? []) {
        const known = { ...moment, values: { ...moment.values, ...chosenOf(found) } };
        const options = variable.type === 'query' ? await asked(variable, sourceOf(page, variable.datasource), known) : offered(variable);
        found.push({ name: variable.name, options, chosen: chosen(variable, options, moment.values[variable.name]) });
      }
      return found;
    },
    async panel(panel, moment, width, signal) {
      const step = recorded?.step ?? stepOf(panel, moment, width);
      const shown = (panel.targets ?? []).filter((target) => !target.hide);
      const answers = await Promise.all(
        shown.map(async (target) => {
          const source = sourceOf(page, target.datasource ?? panel.datasource);
          const answer = await ask(source, target, { panel }, moment, step, signal);
          return framesOf(source, target, answer, moment, step, shown.length > 1);
        }),
      );
      return { frames: answers.flatMap(({ frames }) => frames), exemplars: answers.flatMap(({ exemplars }) => exemplars) };
    },
    async annotations(dashboard, moment, signal) {
      const enabled = (dashboard.annotations?.list ?? []).filter((one) => one.enable && (one.target?.expr ?? one.expr));
      const step = recorded?.step ?? stepOf(undefined, moment, 500);
      return Promise.all(
        enabled.map(async (annotation) => {
          const target = { ...annotation.target, refId: 'annotation', expr: annotation.target?.expr ?? annotation.expr } as Target;
          const source = sourceOf(page, annotation.datasource);
          const answer = await ask(source, target, { annotation }, moment, step, signal);
          return marks(annotation, answer, step);
        }),
      );
    },
  };
}

function sourceOf(page: Page, ref: { uid: string } | undefined): Source {
  const source = page.sources[ref?.uid ?? ''];
  if (!source) {
    throw new Error(`There is no data source ${ref?.uid ?? '(none named)'}; there are ${Object.keys(page.sources).join(', ')}.`);
  }
  if (!KINDS[source.type]) {
    throw new Error(`Data sources of type ${source.type} cannot be asked here; those that can are ${Object.keys(KINDS).join(', ')}.`);
  }
  return source;
}

function framesOf(source: Source, target: Target, answer: Answer, moment: Moment, step: number, several: boolean): PanelData {
  if (answer.error !== undefined) {
    throw new Error(`${target.refId}: ${answer.error}`);
  }
  const kind = KINDS[source.type];
  const asked = { target, from: moment.from, to: moment.to, step, several };
  return { frames: kind.frames(asked, answer.document), exemplars: answer.exemplars ? (kind.exemplars?.(asked, answer.exemplars) ?? []) : [] };
}

/** Seconds between two points: no more of them than the panel has pixels. */
function stepOf(panel: Panel | undefined, moment: Moment, width: number): number {
  const finest = (moment.to - moment.from) / Math.max(100, width);
  const wanted = Math.max(0, ...(panel?.targets ?? []).map(({ interval }) => (/^\d/.test(interval ?? '') ? rangeUtil.intervalToSeconds(interval!) : 0)));
  return Math.max(SHORTEST_STEP, wanted, rangeUtil.roundInterval(finest) / 1000);
}

async function live(source: Source, target: Target, _place: object, moment: Moment, step: number, signal: AbortSignal): Promise<Answer> {
  const kind = KINDS[source.type];
  // On multiples of the step, as Grafana asks: a line does not change its shape with each refresh.
  const from = Math.floor(moment.from / 1000 / step) * step * 1000;
  const to = Math.floor(moment.to / 1000 / step) * step * 1000;
  const values = { ...macros(step, moment.to - moment.from), ...moment.values };
  const question = { target: askedOf(target, values), from, to: target.instant ? moment.to : to, step, several: false };
  const document = await fetched(source, kind.request(question), signal);
  const exemplars = target.exemplar && kind.exemplarRequest ? await fetched(source, kind.exemplarRequest(question), signal) : undefined;
  return { document, exemplars };
}

async function fetched(source: Source, { path, params, text }: Request, signal: AbortSignal): Promise<any> {
  const query = new URLSearchParams(params).toString();
  const answer = await fetch(`${source.path}${path}${query ? `?${query}` : ''}`, { signal });
  const body = await answer.text();
  if (!answer.ok) {
    throw new Error(`${source.name} answers ${answer.status}: ${reason(body) || answer.statusText}`);
  }
  return text ? body : JSON.parse(body);
}

/** What a program says of an error: in Prometheus' JSON, in Jaeger's, or as text; no page of HTML. */
function reason(body: string): string {
  try {
    const said = JSON.parse(body);
    return said.error ?? said.message ?? said.errors?.[0]?.msg ?? body;
  } catch {
    return body.includes('<html') ? '' : body.trim().slice(0, 300);
  }
}

const offered = ({ options = [] }: Variable): string[] => options.map(({ value }) => value).filter((value) => value !== ALL);

async function asked(variable: Variable, source: Source, moment: Moment): Promise<string[]> {
  const query = typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? '');
  const [, selector, label] = LABEL_VALUES.exec(query) ?? [];
  if (!label) {
    throw new Error(`The variable ${variable.name} asks ${query}, which is no label_values(selector, label).`);
  }
  const target: Target = { refId: variable.name, expr: `group by (${label}) (${selector ?? `{${label}!=""}`})`, instant: true };
  const { document } = await live(source, target, {}, moment, SHORTEST_STEP, new AbortController().signal);
  const values: string[] = document.data.result.map((series: any) => series.metric[label]).filter(Boolean);
  const wanted = variable.regex ? new RegExp(variable.regex.replace(/^\/|\/$/g, '')) : /(?:)/;
  return values.filter((value) => wanted.test(value)).sort((one, other) => one.localeCompare(other));
}

/** The values that the address names, else the dashboard's own, else the first that there is. */
function chosen(variable: Variable, options: string[], wanted: string[] | undefined): string[] {
  const values = wanted ?? [variable.current?.value ?? []].flat();
  if (values.includes(ALL) || values.includes('All')) {
    return options;
  }
  const known = variable.type === 'query' ? values.filter((value) => options.includes(value)) : values;
  return known.length ? known : variable.includeAll ? options : options.slice(0, 1);
}

export const chosenOf = (options: Options[]): Values => Object.fromEntries(options.map(({ name, chosen }) => [name, chosen]));

/** Where an annotation's query has samples, each run of them as one mark. */
function marks(annotation: Annotation, answer: Answer, step: number): DataFrame {
  if (answer.error !== undefined) {
    throw new Error(`annotation ${annotation.name}: ${answer.error}`);
  }
  const found = ((answer.document?.data?.result ?? []) as any[]).flatMap((series) =>
    runs((series.values ?? []).map(([at]: [number, string]) => at), step).map(([from, to]) => ({
      from: from * 1000,
      to: to * 1000,
      title: filled(annotation.titleFormat ?? annotation.name, series.metric),
      text: filled(annotation.textFormat ?? '', series.metric),
    })),
  );
  const field = (name: string, type: FieldType, values: unknown[]) => ({ name, type, values });
  return createDataFrame({
    name: annotation.name,
    fields: [
      field('time', FieldType.time, found.map(({ from }) => from)),
      field('timeEnd', FieldType.time, found.map(({ to }) => to)),
      field('title', FieldType.string, found.map(({ title }) => title)),
      field('text', FieldType.string, found.map(({ text }) => text)),
      field('color', FieldType.string, found.map(() => annotation.iconColor)),
    ],
  });
}

function runs(times: number[], step: number): Array<[number, number]> {
  const found: Array<[number, number]> = [];
  for (const at of times) {
    const last = found.at(-1);
    if (last && at - last[1] <= step * 1.5) {
      last[1] = at;
    } else {
      found.push([at, at]);
    }
  }
  return found;
}
