// A whole page: one dashboard, or the list of all.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type DataFrame, ThemeContext, createTheme, dateTime, rangeUtil } from '@grafana/data';
import { Alert, GlobalStyles, useTheme2 } from '@grafana/ui';
import { Bar } from './bar';
import { type Data, type Options, chosenOf, dataOf } from './data';
import { Grid } from './grid';
import type { Dashboard, Moment, Opened, Page } from './model';
import { type Theme, timeRangeOf, usePlace } from './place';

/** The dashboards of a page, beside each other where they are several. */
export function Screens({ opened }: { opened: Opened[] }) {
  if (opened.length === 1) {
    return <DashboardScreen page={opened[0]} />;
  }
  return (
    <div style={{ display: 'grid', gridTemplateColumns: `repeat(${opened.length}, minmax(900px, 1fr))`, overflowX: 'auto' }}>
      {opened.map((page, index) => (
        <DashboardScreen key={index} page={page} />
      ))}
    </div>
  );
}

export function DashboardScreen({ page }: { page: Opened }) {
  const { dashboard } = page;
  const [place, change] = usePlace(page);
  const [timeZone, setTimeZone] = useState(page.recorded ? 'utc' : 'browser');
  const [tick, setTick] = useState(0);
  const data = useMemo(() => dataOf(page), [page]);
  const refresh = useCallback(() => setTick((old) => old + 1), []);
  useTicks(page.recorded ? '' : place.refresh, refresh);
  const { moment, options, annotations, error } = useMoment(data, dashboard, place, tick);
  const shown = useMemo(() => {
    const range = moment ? { from: dateTime(moment.from), to: dateTime(moment.to) } : place.range;
    return timeRangeOf(page.recorded ? place.range : range);
  }, [moment, place.range]);
  useEffect(() => {
    document.title = `${dashboard.title} · ${page.stack}`;
  }, [dashboard]);
  const whole = page.recorded && { from: dateTime(page.recorded.from), to: dateTime(page.recorded.to) };
  return (
    <Themed theme={place.theme}>
      <Bar
        {...{ page, dashboard, place, change, options, shown, timeZone, setTimeZone, refresh }}
        zoomedOut={() => whole && change({ range: whole })}
      />
      {error && <Alert title="Not everything could be loaded" severity="error">{error}</Alert>}
      {moment && (
        <Grid
          {...{ page, dashboard, data, moment, timeZone, annotations }}
          timeRange={shown}
          zoom={({ from, to }) => change({ range: { from: dateTime(from), to: dateTime(to) } })}
        />
      )}
    </Themed>
  );
}

/** Calls again and again, while the page is looked at. */
function useTicks(interval: string, tick: () => void): void {
  useEffect(() => {
    if (!interval) {
      return undefined;
    }
    const timer = setInterval(() => document.hidden || tick(), rangeUtil.intervalToMs(interval));
    return () => clearInterval(timer);
  }, [interval, tick]);
}

interface Loaded {
  moment?: Moment;
  options: Options[];
  annotations: DataFrame[];
  error?: string;
}

/** The moment that panels are drawn for: the time as it is now, and variables with the values that there are. */
function useMoment(data: Data, dashboard: Dashboard, place: { range: any; values: Record<string, string[]> }, tick: number): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ options: [], annotations: [] });
  useEffect(() => {
    const abort = new AbortController();
    const range = timeRangeOf(place.range);
    const asked = { from: range.from.valueOf(), to: range.to.valueOf(), values: place.values };
    const failed = (error: Error) => abort.signal.aborted || setLoaded((old) => ({ ...old, error: error.message }));
    data
      .variables(dashboard, asked)
      .then(async (options) => {
        const moment = { ...asked, values: { ...asked.values, ...chosenOf(options) } };
        if (!abort.signal.aborted) {
          setLoaded((old) => ({ ...old, moment, options, error: undefined }));
        }
        const annotations = await data.annotations(dashboard, moment, abort.signal);
        if (!abort.signal.aborted) {
          setLoaded((old) => ({ ...old, annotations }));
        }
      })
      .catch(failed);
    return () => abort.abort();
  }, [data, dashboard, place.range, place.values, tick]);
  return loaded;
}

export function ListScreen({ page }: { page: Page }) {
  const [{ theme }] = usePlace({ ...page, dashboard: { uid: '', title: '', panels: [] } });
  useEffect(() => {
    document.title = `Dashboards · ${page.stack}`;
  }, []);
  return (
    <Themed theme={theme}>
      <List page={page} theme={theme} />
    </Themed>
  );
}

function List({ page, theme: mode }: { page: Page; theme: Theme }) {
  const theme = useTheme2();
  const live = page.shown === undefined;
  return (
    <main style={{ maxWidth: 800, margin: '0 auto' }}>
      <h1 style={theme.typography.h3}>{`Dashboards of ${page.stack}`}</h1>
      <ul style={{ listStyle: 'none', padding: 0 }}>
        {page.dashboards.map(({ uid, title, description }) => (
          <li key={uid} style={{ padding: '10px 12px', marginBottom: 8, background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default }}>
            <a href={live ? `/d/${uid}` : `${uid}.html?theme=${mode}`} style={{ ...theme.typography.h5, color: theme.colors.text.link }}>{title}</a>
            {description && <div style={{ color: theme.colors.text.secondary }}>{description}</div>}
          </li>
        ))}
      </ul>
    </main>
  );
}

export function Failed({ message }: { message: string }) {
  return (
    <Themed theme="dark">
      <Alert title="This page cannot be shown" severity="error">{message}</Alert>
    </Themed>
  );
}

function Themed({ theme: mode, children }: React.PropsWithChildren<{ theme: Theme }>) {
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ background: theme.colors.background.canvas, color: theme.colors.text.primary, minHeight: '100vh', padding: 16, boxSizing: 'border-box' }}>{children}</div>
    </ThemeContext.Provider>
  );
}
