// Variables: what stands for them in queries, in texts and in links.
import type { DataLink, ScopedVars } from '@grafana/data';
import type { Dashboard, Moment, Target, Values } from './model';

export const ALL = '$__all';
const VARIABLE = /\$\{(?<braced>[A-Za-z_][\w.]*)(?::(?<format>[^}]+))?\}|\$(?<plain>[A-Za-z_]\w*)/g;
const SPECIAL = /[$^*{}[\]'+?.()|\\]/g;

type Written = (values: string[]) => string;

const regex: Written = (values) => {
  const escaped = values.map((value) => value.replace(SPECIAL, '\\\\$&'));
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
};

const FORMATS: Record<string, (values: string[], name: string) => string> = {
  regex,
  pipe: (values) => values.join('|'),
  csv: (values) => values.join(','),
  raw: (values) => values.join(','),
  text: (values) => values.join(' + '),
  json: (values) => JSON.stringify(values),
  queryparam: (values, name) => values.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&'),
  percentencode: (values) => encodeURIComponent(values.join(',')),
};

/** Text with variables replaced: those that nobody knows stay. */
export function substituted(text: string, values: Values, written: Written): string {
  return text.replace(VARIABLE, (...found) => {
    const { braced, format, plain } = found.at(-1) as Record<string, string | undefined>;
    const name = (braced ?? plain)!;
    const known = values[name];
    return known ? (format ? (FORMATS[format] ?? written)(known, name) : written(known)) : found[0];
  });
}

/** A query as a data source is asked: every text in it with regular expressions in the place of variables. */
export function askedOf(target: Target, values: Values): Target {
  return Object.fromEntries(
    Object.entries(target).map(([key, value]) => [
      key,
      typeof value === 'string' && key !== 'legendFormat' ? substituted(value, values, regex) : value,
    ]),
  ) as Target;
}

/** What Grafana itself puts into queries. Seconds between two points, and milliseconds of the range. */
export function macros(step: number, range: number): Values {
  const rate = Math.max(step + 15, 60);
  return {
    __interval: [`${step}s`],
    __interval_ms: [`${step * 1000}`],
    __auto: [`${rate}s`],
    __rate_interval: [`${rate}s`],
    __range: [`${Math.round(range / 1000)}s`],
    __range_s: [`${Math.round(range / 1000)}`],
    __range_ms: [`${Math.round(range)}`],
  };
}

/** The variables of an address that leads to the same moment. */
export function parameters(values: Values): string[] {
  return Object.entries(values).flatMap(([name, chosen]) => chosen.map((value) => `var-${name}=${encodeURIComponent(value)}`));
}

export type Interpolate = (text: string, scoped?: ScopedVars, format?: string | Function) => string;

/** Variables in titles, texts and links of panels, of what is clicked too: `${__field.labels.service}`. */
export function interpolation(moment: Moment): Interpolate {
  const url = { __from: [`${moment.from}`], __to: [`${moment.to}`] };
  const known: Values = { ...moment.values, ...url };
  return (text, scoped) => {
    const clicked = text.replace(VARIABLE, (...found) => {
      const { braced, plain } = found.at(-1) as Record<string, string | undefined>;
      return ofClicked((braced ?? plain)!, scoped, moment) ?? found[0];
    });
    return substituted(clicked, known, FORMATS.text as Written);
  };
}

function ofClicked(name: string, scoped: ScopedVars | undefined, moment: Moment): string | undefined {
  const [first, ...path] = name.split('.');
  const context = scoped?.__dataContext?.value;
  if (first === '__url_time_range') {
    return `from=${moment.from}&to=${moment.to}`;
  }
  if (first === '__all_variables') {
    return parameters(moment.values).join('&');
  }
  if (first === '__field' && context) {
    return path[0] === 'labels' ? (context.field.labels?.[path.slice(1).join('.')] ?? '') : String(at(context.field, path) ?? '');
  }
  if (first === '__data' && context) {
    const field = context.frame?.fields.find((one: any) => one.name === path.slice(1).join('.') || one.state?.displayName === path.slice(1).join('.'));
    return field ? String(field.values[context.rowIndex!] ?? '') : '';
  }
  if (first === '__value' && context) {
    const shown = context.calculatedValue ?? context.field.display?.(context.field.values[context.rowIndex!]);
    if (path[0] === 'time') {
      return String(context.frame?.fields[0].values[context.rowIndex!] ?? '');
    }
    return String(path[0] === 'raw' || path[0] === 'numeric' ? (context.field.values[context.rowIndex!] ?? shown?.numeric ?? '') : (shown?.text ?? ''));
  }
  return scoped?.[first] ? String(at(scoped[first].value, path) ?? '') : undefined;
}

const at = (object: any, path: string[]): any => path.reduce((inner, key) => inner?.[key], object);

/** Addresses of other pages as this page reaches them; null where it cannot. */
export function reached(url: string, dashboard: Dashboard | undefined, live: boolean): string | null {
  if (live || !url.startsWith('/')) {
    return url;
  }
  const uid = /^\/d\/([\w-]+)/.exec(url)?.[1];
  return uid && uid !== dashboard?.uid ? `${uid}.html` : null;
}

export const isReachable = (link: DataLink, live: boolean): boolean => live || !/^\/(explore|alerting)/.test(link.url ?? '');
