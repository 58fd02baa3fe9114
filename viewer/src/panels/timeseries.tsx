import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { type DashboardCursorSync, type DataFrame, EventBusSrv, FieldType, dateTimeFormat, getFieldDisplayName } from '@grafana/data';
import {
  EventsCanvas,
  PanelContextProvider,
  SeriesVisibilityChangeMode,
  TimeSeries,
  Tooltip,
  TooltipPlugin2,
  type UPlotConfigBuilder,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  VizTooltipWrapper,
  getFieldDisplayItems,
  getFieldDisplayLinks,
  useTheme2,
} from '@grafana/ui';
import type { Draw } from './draw';

// The pointer is at one time in all panels of the page.
const bus = new EventBusSrv();

export function TimeSeriesPanel({ options, frames: given, width, height, timeRange, timeZone, annotations, exemplars, sync, zoom, explore, source }: Draw) {
  const [only, setOnly] = useState<string[]>([]);
  // Made anew for a new time range: the chart draws one only with new frames.
  const frames = useMemo(() => withHidden(given, only), [given, only, timeRange]);
  const context = useMemo(
    () => ({
      eventsScope: 'page',
      eventBus: bus,
      sync: () => sync as DashboardCursorSync,
      onToggleSeriesVisibility: (label: string | null, mode: SeriesVisibilityChangeMode) => label && setOnly((old) => toggled(old, label, mode)),
    }),
    [sync],
  );
  const mode = options.tooltip?.mode ?? 'single';
  const legend = options.legend ?? { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };
  return (
    <PanelContextProvider value={context as any}>
      <TimeSeries frames={frames} width={width} height={height} timeRange={timeRange} timeZone={timeZone} legend={legend} options={options as any}>
        {(config, aligned) => (
          <>
            {mode !== 'none' && (
              <TooltipPlugin2
                config={config}
                hoverMode={mode === 'single' ? 0 : 1}
                queryZoom={zoom}
                getDataLinks={(series, row) => getFieldDisplayLinks(aligned.fields[series], row)}
                render={(u, rows, series, pinned, _dismiss, _range, _sync, links) => (
                  <VizTooltipWrapper>
                    <VizTooltipHeader isPinned={pinned} item={{ label: dateTimeFormat(u.data[0][rows[0]!], { timeZone }), value: '' }} />
                    <VizTooltipContent
                      isPinned={pinned}
                      items={getFieldDisplayItems(aligned.fields, aligned.fields[0], rows, series, mode, options.tooltip?.sort ?? 'none', (field) => !field.config.custom?.hideFrom?.tooltip)}
                    />
                    {pinned && links.length > 0 && <VizTooltipFooter dataLinks={links as any} />}
                  </VizTooltipWrapper>
                )}
              />
            )}
            <Regions config={config} annotations={annotations} />
            <Events
              id="annotations"
              config={config}
              events={annotations}
              height={() => 0}
              marker={(frame, row) => <Annotated frame={frame} row={row} timeZone={timeZone} />}
            />
            <Events
              id="exemplars"
              config={config}
              events={exemplars}
              height={(frame, row) => frame.fields[1].values[row]}
              marker={(frame, row) => <Example labels={frame.fields[2].values[row]} link={source && explore ? (id) => explore(source, id) : null} />}
            />
          </>
        )}
      </TimeSeries>
    </PanelContextProvider>
  );
}

/** Clicks on a legend: one series alone, or one more or less. */
function toggled(shown: string[], label: string, mode: SeriesVisibilityChangeMode): string[] {
  if (mode === SeriesVisibilityChangeMode.ToggleSelection) {
    return shown.length === 1 && shown[0] === label ? [] : [label];
  }
  return shown.includes(label) ? shown.filter((one) => one !== label) : [...shown, label];
}

function withHidden(frames: DataFrame[], only: string[]): DataFrame[] {
  const hideFrom = { viz: true, tooltip: true, legend: false };
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) =>
      only.length && field.type === FieldType.number && !only.includes(getFieldDisplayName(field, frame, frames))
        ? { ...field, config: { ...field.config, custom: { ...field.config.custom, hideFrom } } }
        : field,
    ),
  }));
}

/** The times of annotations, shaded. */
function Regions({ config, annotations }: { config: UPlotConfigBuilder; annotations: DataFrame[] }) {
  const theme = useTheme2();
  const shown = useRef(annotations);
  shown.current = annotations;
  const hooked = useRef<UPlotConfigBuilder>(undefined);
  if (hooked.current !== config) {
    hooked.current = config;
    config.addHook('draw', (u) => {
      const { ctx, bbox } = u;
      const pixel = devicePixelRatio;
      const bottom = bbox.top + bbox.height;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      for (const frame of shown.current) {
        const [starts, ends, , , colours] = frame.fields.map(({ values }) => values);
        for (let row = 0; row < frame.length; row++) {
          const [left, right] = [u.valToPos(starts[row], 'x', true), u.valToPos(ends[row], 'x', true)];
          ctx.fillStyle = ctx.strokeStyle = theme.visualization.getColorByName(colours[row]);
          ctx.lineWidth = pixel;
          ctx.setLineDash([4 * pixel, 4 * pixel]);
          for (const at of new Set([left, right])) {
            ctx.beginPath();
            ctx.moveTo(at, bbox.top);
            ctx.lineTo(at, bottom);
            ctx.stroke();
          }
          ctx.globalAlpha = 0.1;
          ctx.fillRect(left, bbox.top, right - left, bbox.height);
          ctx.globalAlpha = 1;
        }
      }
      ctx.restore();
    });
  }
  return null;
}

interface EventsProps {
  id: string;
  config: UPlotConfigBuilder;
  events: DataFrame[];
  height(frame: DataFrame, row: number): number;
  marker(frame: DataFrame, row: number): React.ReactNode;
}

/** Marks over a chart, each at a time and a value. */
function Events({ id, config, events, height, marker }: EventsProps) {
  const plot = useRef<uPlot>(undefined);
  useLayoutEffect(() => {
    config.addHook('init', (u) => {
      plot.current = u;
    });
  }, [config]);
  // The canvas of events waits for a drawing after the first, which never comes where data stay as they are.
  useEffect(() => plot.current?.redraw(false), [config, events]);
  if (!events.some((frame) => frame.length)) {
    return null;
  }
  return (
    <EventsCanvas
      id={id}
      config={config}
      events={events}
      mapEventToXYCoords={(frame, row) => {
        const u = plot.current;
        const at = frame.fields[0].values[row];
        if (!u || at < u.scales.x.min! || at > u.scales.x.max!) {
          return undefined;
        }
        const scale = u.series[1].scale!;
        const top = id === 'annotations' ? u.bbox.height / devicePixelRatio : u.valToPos(Math.min(height(frame, row), u.scales[scale].max!), scale);
        return { x: u.valToPos(at, 'x'), y: top };
      }}
      renderEventMarker={(frame, row) => marker(frame, row)}
    />
  );
}

function Annotated({ frame, row, timeZone }: { frame: DataFrame; row: number; timeZone: string }) {
  const theme = useTheme2();
  const [start, end, title, text, colour] = frame.fields.map(({ values }) => values[row]);
  const at = (time: number) => dateTimeFormat(time, { timeZone, format: 'YYYY-MM-DD HH:mm:ss' });
  const content = (
    <>
      <strong>{title}</strong>
      <div>{start === end ? at(start) : `${at(start)} to ${at(end)}`}</div>
      {text && <div>{text}</div>}
    </>
  );
  return (
    <Tooltip content={content}>
      <div
        tabIndex={0}
        data-testid="annotation"
        aria-label={title}
        style={{ width: 0, height: 0, borderLeft: '5px solid transparent', borderRight: '5px solid transparent', borderBottom: `7px solid ${theme.visualization.getColorByName(colour)}`, cursor: 'pointer' }}
      />
    </Tooltip>
  );
}

function Example({ labels, link }: { labels: Record<string, string>; link: ((traceId: string) => string | null) | null }) {
  const theme = useTheme2();
  const url = labels.trace_id && link ? link(labels.trace_id) : null;
  const mark = (
    <svg viewBox="0 0 7 7" width="9" height="9" style={{ display: 'block' }}>
      <rect width="4.6" height="4.6" x="1.2" y="1.2" transform="rotate(45 3.5 3.5)" fill={theme.visualization.getColorByName('blue')} />
    </svg>
  );
  return (
    <Tooltip content={<>{Object.entries(labels).map(([name, value]) => <div key={name}>{`${name}: ${value}`}</div>)}</>}>
      {url ? <a href={url} aria-label={`Trace ${labels.trace_id}`}>{mark}</a> : <span>{mark}</span>}
    </Tooltip>
  );
}
