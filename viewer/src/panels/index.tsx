// Every kind of panel by the type that Grafana calls it.
import type { Draw } from './draw';
import { Empty } from './empty';
import { HeatmapPanel } from './heatmap';
import { LogsPanel } from './logs';
import { NodeGraphPanel } from './nodegraph';
import { PiePanel } from './pie';
import { TablePanel } from './table';
import { TextPanel } from './text';
import { TimelinePanel } from './timeline';
import { TimeSeriesPanel } from './timeseries';
import { TracePanel } from './trace';
import { BarGaugePanel, GaugePanel, StatPanel } from './values';

const PANELS: Record<string, React.FC<Draw>> = {
  bargauge: BarGaugePanel,
  gauge: GaugePanel,
  heatmap: HeatmapPanel,
  logs: LogsPanel,
  nodeGraph: NodeGraphPanel,
  piechart: PiePanel,
  stat: StatPanel,
  'state-timeline': TimelinePanel,
  'status-history': TimelinePanel,
  table: TablePanel,
  text: TextPanel,
  timeseries: TimeSeriesPanel,
  traces: TracePanel,
};

export const isKnown = (type: string): boolean => type in PANELS;
/** Panels that go up to their frame. */
export const FULL = new Set(['logs', 'table', 'traces']);

export function Drawn(draw: Draw) {
  const { panel, frames, fieldConfig, height } = draw;
  const Known = PANELS[panel.type];
  if (!Known) {
    return <Empty height={height} text={`Panels of type ${panel.type} are not drawn here; those that are: ${Object.keys(PANELS).join(', ')}.`} />;
  }
  if (panel.type !== 'text' && !frames.some((frame) => frame.length)) {
    return <Empty height={height} text={fieldConfig.defaults.noValue ?? 'No data'} />;
  }
  return <Known {...draw} />;
}
