// What the address of a page says: theme, time, variables, and how often to load anew.
import { useCallback, useState } from 'react';
import { type RawTimeRange, type TimeRange, dateMath, dateTime } from '@grafana/data';
import type { Opened, Values } from './model';
import { parameters } from './variables';

export type Theme = 'dark' | 'light';

export interface Place {
  theme: Theme;
  range: RawTimeRange;
  refresh: string;
  values: Values;
}

const VARIABLE = 'var-';
const LAST_HOUR = { from: 'now-1h', to: 'now' };

function read(page: Opened): Place {
  const { dashboard } = page;
  const query = new URLSearchParams(location.search);
  const names = [...new Set([...query.keys()])].filter((key) => key.startsWith(VARIABLE));
  const system: Theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  const wanted = query.get('theme') ?? page.theme;
  const time = dashboard.time ?? LAST_HOUR;
  return {
    theme: wanted === 'light' || wanted === 'dark' ? wanted : system,
    range: page.recorded
      ? { from: dateTime(page.recorded.from), to: dateTime(page.recorded.to) }
      : { from: said(query.get('from')) ?? time.from, to: said(query.get('to')) ?? time.to },
    refresh: query.get('refresh') ?? dashboard.refresh ?? '',
    values: Object.fromEntries(names.map((key) => [key.slice(VARIABLE.length), query.getAll(key)])),
  };
}

/** Milliseconds since 1970, or a time that is relative to now; nothing where it is neither. */
function said(text: string | null): RawTimeRange['from'] | undefined {
  if (text && /^\d+$/.test(text)) {
    return dateTime(Number(text));
  }
  return text && dateMath.isValid(text) ? text : undefined;
}

const written = (time: RawTimeRange['from']): string => (typeof time === 'string' ? time : `${time.valueOf()}`);

function write({ theme, range, refresh, values }: Place): void {
  const parts = [`from=${encodeURIComponent(written(range.from))}`, `to=${encodeURIComponent(written(range.to))}`, `refresh=${refresh}`, `theme=${theme}`, ...parameters(values)];
  const others = [...new URLSearchParams(location.search)].filter(([key]) => key === 'panes').map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  history.replaceState(null, '', `?${[...others, ...parts].join('&')}`);
}

/** Where the page is. A page that goes elsewhere says so in its address, so that it can be shared and reloaded. */
export function usePlace(page: Opened): [Place, (change: Partial<Place>) => void] {
  const [place, setPlace] = useState(() => read(page));
  const change = useCallback(
    (changed: Partial<Place>) =>
      setPlace((old) => {
        const next = { ...old, ...changed };
        if (!page.recorded) {
          write(next);
        }
        return next;
      }),
    [page],
  );
  return [place, change];
}

/** A range as two moments: what is relative, relative to now. */
export function timeRangeOf(raw: RawTimeRange): TimeRange {
  const from = dateMath.toDateTime(raw.from, { roundUp: false }) ?? dateTime();
  const to = dateMath.toDateTime(raw.to, { roundUp: true }) ?? dateTime();
  return { from, to, raw };
}
