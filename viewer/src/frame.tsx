// One panel in its frame: it is loaded when it comes into sight, and says why when it cannot be drawn.
import { Component, type PropsWithChildren, useEffect, useRef, useState } from 'react';
import { type DataFrame, LoadingState, type TimeRange } from '@grafana/data';
import { Icon, PanelChrome, useTheme2 } from '@grafana/ui';
import type { Data, PanelData } from './data';
import { traceUrl } from './explore';
import { type Prepared, prepared } from './fields';
import type { Dashboard, Moment, Opened, Panel } from './model';
import { Drawn, FULL } from './panels';
import { Empty } from './panels/empty';
import { interpolation, reached } from './variables';

// Panels a little below the screen are loaded too.
const NEAR = '300px';

export interface Around {
  page: Opened;
  dashboard: Dashboard;
  data: Data;
  moment: Moment;
  timeRange: TimeRange;
  timeZone: string;
  annotations: DataFrame[];
  zoom(range: { from: number; to: number }): void;
}

interface FrameProps extends Around {
  panel: Panel;
  width: number;
  height: number;
}

export function Frame(props: FrameProps) {
  const { page, dashboard, panel, width, height, moment, timeRange, timeZone, annotations, zoom } = props;
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  const { found, error, loading } = useLoaded(props, seen);
  const interpolate = interpolation(moment);
  const source = page.sources[(panel.targets?.[0]?.datasource ?? panel.datasource)?.uid ?? ''];
  const state = error ? 'error' : !found ? 'loading' : 'ready';
  return (
    <div ref={place} data-panel={panel.id} data-type={panel.type} data-state={state} style={{ width, height }}>
      <PanelChrome
        title={interpolate(panel.title ?? '')}
        description={panel.description ? interpolate(panel.description) : undefined}
        width={width}
        height={height}
        displayMode={panel.transparent ? 'transparent' : 'default'}
        padding={FULL.has(panel.type) ? 'none' : 'md'}
        loadingState={loading ? LoadingState.Loading : undefined}
        statusMessage={error}
        titleItems={<PanelLinks {...props} />}
      >
        {(wide, tall) =>
          error && !found ? (
            <Empty height={tall} text={error} />
          ) : found ? (
            <Caught key={panel.id} height={tall}>
              <Drawn
                panel={panel}
                {...found}
                options={panel.options ?? {}}
                width={wide}
                height={tall}
                timeRange={timeRange}
                timeZone={timeZone}
                interpolate={interpolate}
                annotations={annotations}
                zoom={zoom}
                sync={dashboard.graphTooltip ?? 0}
                explore={page.recorded ? null : traceUrl}
                source={source}
              />
            </Caught>
          ) : null
        }
      </PanelChrome>
    </div>
  );
}

/** Whether it has been in sight, or near it. */
function useSeen(place: React.RefObject<HTMLDivElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && setSeen(true), { rootMargin: NEAR });
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return seen;
}

interface Loaded {
  found?: Prepared & { exemplars: DataFrame[] };
  error?: string;
  loading: boolean;
}

/** A panel's frames at a moment. Those of the moment before stay until there are new ones. */
function useLoaded({ page, dashboard, data, panel, moment, timeZone, width }: FrameProps, seen: boolean): Loaded {
  const theme = useTheme2();
  const [answered, setAnswered] = useState<PanelData>();
  const [found, setFound] = useState<Loaded['found']>();
  const [error, setError] = useState<string>();
  const [loading, setLoading] = useState(false);
  useEffect(() => {
    if (!seen) {
      return undefined;
    }
    const abort = new AbortController();
    setLoading(true);
    data
      .panel(panel, moment, width, abort.signal)
      .then((answer) => {
        setAnswered(answer);
        setError(undefined);
      })
      .catch((problem: Error) => abort.signal.aborted || setError(problem.message))
      .finally(() => abort.signal.aborted || setLoading(false));
    return () => abort.abort();
  }, [seen, data, panel, moment]);
  useEffect(() => {
    if (!answered) {
      return undefined;
    }
    let current = true;
    const linked = withReachableLinks(panel, dashboard, !page.recorded);
    prepared(linked, answered.frames, theme, interpolation(moment), timeZone)
      .then((ready) => current && setFound({ ...ready, exemplars: answered.exemplars }))
      .catch((problem: Error) => current && setError(problem.message));
    return () => {
      current = false;
    };
  }, [answered, theme, timeZone]);
  return { found, error, loading };
}

/** The panel without links of values that this page cannot reach. */
function withReachableLinks(panel: Panel, dashboard: Dashboard, live: boolean): Panel {
  const keep = (links: any[]): any[] => links.map((link) => ({ ...link, url: reached(link.url, dashboard, live) })).filter(({ url }) => url !== null);
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  return {
    ...panel,
    fieldConfig: {
      defaults: defaults.links ? { ...defaults, links: keep(defaults.links) } : defaults,
      overrides: overrides.map((one) => ({ ...one, properties: one.properties.map((property: any) => (property.id === 'links' ? { ...property, value: keep(property.value) } : property)) })),
    },
  };
}

function PanelLinks({ panel, page, dashboard, moment }: FrameProps) {
  const theme = useTheme2();
  const links = (panel.links ?? []).map(({ title, url, targetBlank }) => ({ title, targetBlank, url: reached(interpolation(moment)(url ?? ''), dashboard, !page.recorded) }));
  return links
    .filter(({ url }) => url !== null)
    .map(({ title, url, targetBlank }) => (
      <a key={title} href={url!} target={targetBlank ? '_blank' : undefined} rel="noreferrer" title={title} aria-label={title} style={{ color: theme.colors.text.secondary, alignSelf: 'center', padding: '0 4px' }}>
        <Icon name="external-link-alt" size="sm" />
      </a>
    ));
}

/** What a panel's own mistake becomes: a message in its place, and the other panels stay. */
class Caught extends Component<PropsWithChildren<{ height: number }>> {
  state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  render(): React.ReactNode {
    return this.state.error ? <Empty height={this.props.height} text={`This panel could not be drawn: ${this.state.error.message}`} /> : this.props.children;
  }
}
