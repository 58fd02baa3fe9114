// Axes that the panels of our own have in common.
import { type GrafanaTheme2, type TimeRange } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import { UPlotConfigBuilder, measureText } from '@grafana/ui';
import { FONT_SIZE, fitting } from './fitting';

// Pixels between the names of two rows.
const LEAST = 14;
// Pixels between a name and the edges.
const BESIDE = 16;
// Of the width, at most, for names.
const SHARE = 0.4;

/** A chart with time from left to right and rows from bottom to top, with a name for each row that has room for one. */
export function rowsOverTime(timeRange: TimeRange, timeZone: string, theme: GrafanaTheme2, names: string[], splits: number[], width: number, height: number): UPlotConfigBuilder {
  const every = Math.max(1, Math.ceil((LEAST * names.length) / height));
  const named = <Value>(values: Value[]): Value[] => values.filter((_, index) => index % every === 0);
  const shown = names.map((name) => fitting(name, width * SHARE));
  const builder = new UPlotConfigBuilder(timeZone);
  builder.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [timeRange.from.valueOf(), timeRange.to.valueOf()],
  });
  builder.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone, theme, grid: { show: false } });
  builder.addScale({ scaleKey: 'y', orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up, range: () => [0, names.length] });
  builder.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    theme,
    grid: { show: false },
    splits: named(splits),
    size: Math.max(...shown.map((name) => measureText(name, FONT_SIZE).width)) + BESIDE,
    values: named(shown) as any,
    formatValue: String as any,
  });
  builder.addSeries({ scaleKey: 'y', theme, pathBuilder: () => null, pointsBuilder: () => null } as any);
  builder.setPrepData(([frame]) => [frame.fields[0].values, frame.fields[1].values] as any);
  return builder;
}

