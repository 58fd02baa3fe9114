// A heatmap of a histogram: a row for each bucket, the darker the more.
import { useMemo } from 'react';
import { interpolateRgbBasis } from 'd3-interpolate';
import { type DataFrame, type Field, FieldType, dateTimeFormat, formattedValueToString, getFieldDisplayName, getValueFormat } from '@grafana/data';
import { UPlotChart, VizLayout, useTheme2 } from '@grafana/ui';
import { rowsOverTime } from './axes';
import type { Draw } from './draw';
import { useHover } from './hover';

const SCHEMES: Record<string, string[]> = {
  Oranges: ['#fff5eb', '#fdd0a2', '#fdae6b', '#f16913', '#d94801', '#7f2704'],
  Spectral: ['#9e0142', '#f46d43', '#fee08b', '#e6f598', '#66c2a5', '#5e4fa2'],
  Blues: ['#f7fbff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'],
  Greens: ['#f7fcf5', '#c7e9c0', '#74c476', '#238b45', '#00441b'],
  Reds: ['#fff5f0', '#fcbba1', '#fb6a4a', '#cb181d', '#67000d'],
};
const NARROWEST = 8;
// What axis and legend leave of a panel's height.
const PLOT_SHARE = 0.75;
const SHOWN_ABOVE = 1 / 1000;

interface Bucket {
  bound: number;
  values: number[];
}

const valued = (frame: DataFrame): Field => frame.fields.find(({ type }) => type === FieldType.number)!;

/** Buckets from low to high. Prometheus' are cumulative: each less the one below. */
function buckets(frames: DataFrame[]): Bucket[] {
  const bound = (frame: DataFrame): number => {
    const text = valued(frame).labels?.le ?? getFieldDisplayName(valued(frame), frame, frames);
    return text === '+Inf' ? Infinity : Number(text);
  };
  const sorted = frames.map((frame) => ({ bound: bound(frame), values: valued(frame).values as number[] })).sort((one, other) => one.bound - other.bound);
  return sorted.map(({ bound: upper, values }, row) => ({
    bound: upper,
    values: values.map((number, index) => Math.max(0, row ? number - (sorted[row - 1].values[index] ?? 0) : number)),
  }));
}

export function HeatmapPanel({ options, frames, width, height, timeRange, timeZone }: Draw) {
  const theme = useTheme2();
  const [tooltip, watch] = useHover();
  const found = useMemo(() => buckets(frames), [frames]);
  const unit = getValueFormat(options.yAxis?.unit ?? frames[0] ? (valued(frames[0]).config.unit ?? options.yAxis?.unit ?? 'short') : 'short');
  const name = (bound: number): string => (bound === Infinity ? '∞' : formattedValueToString(unit(bound)));
  const most = Math.max(...found.flatMap(({ values }) => values));
  const ramp = SCHEMES[options.color?.scheme] ?? SCHEMES.Oranges;
  const colour = interpolateRgbBasis(theme.isDark !== Boolean(options.color?.reverse) ? [...ramp].reverse() : ramp);
  const config = useMemo(() => {
    const times = frames[0].fields[0].values as number[];
    const step = frames[0].fields[0].config.interval ?? times[1] - times[0];
    const columns = (u: { bbox: { width: number } }): number => Math.max(1, Math.ceil((timeRange.to.valueOf() - timeRange.from.valueOf()) / step / (u.bbox.width / devicePixelRatio / NARROWEST)));
    const mean = (values: number[], from: number, count: number): number => values.slice(from, from + count).reduce((sum, one) => sum + one, 0) / Math.min(count, values.length - from);
    const builder = rowsOverTime(timeRange, timeZone, theme, found.map(({ bound }) => name(bound)), found.map((_, row) => row + 1), width, height * PLOT_SHARE);
    builder.addHook('drawClear', (u) => {
      const { ctx, bbox } = u;
      const count = columns(u);
      const tall = bbox.height / found.length;
      for (let index = 0; index < times.length; index += count) {
        const left = Math.max(bbox.left, u.valToPos(times[index] - step, 'x', true));
        const right = Math.min(u.valToPos(times[Math.min(index + count, times.length) - 1], 'x', true), bbox.left + bbox.width);
        found.forEach(({ values }, row) => {
          const number = mean(values, index, count);
          if (number > most * SHOWN_ABOVE) {
            ctx.fillStyle = colour(Math.sqrt(number / most));
            ctx.fillRect(left, bbox.top + bbox.height - (row + 1) * tall, Math.max(1, right - left - 1), tall - 1);
          }
        });
      }
    });
    watch(builder, (u, left, top) => {
      const row = found.length - 1 - Math.floor((top / u.over.clientHeight) * found.length);
      const at = u.posToVal(left, 'x');
      const index = times.findIndex((time) => time - step < at && at <= time);
      if (index < 0 || !found[row]) {
        return null;
      }
      const range = `${row ? `${name(found[row - 1].bound)} to ` : 'up to '}${name(found[row].bound)}`;
      const number = mean(found[row].values, index, 1);
      return { label: dateTimeFormat(times[index], { timeZone }), items: [{ label: range, value: formattedValueToString(getValueFormat('short')(number, 2)), color: colour(Math.sqrt(number / most)) }] };
    });
    return builder;
  }, [found, theme, timeRange, timeZone, width, height]);
  const scale = (
    <div style={{ display: 'flex', gap: 8, alignItems: 'center', fontSize: theme.typography.bodySmall.fontSize, paddingLeft: 8 }}>
      0<div style={{ width: 160, height: 8, background: `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(colour).join(',')})` }} />
      {formattedValueToString(getValueFormat('short')(most, 1))}
    </div>
  );
  return (
    <>
      <VizLayout width={width} height={height} legend={options.legend?.show !== false ? <VizLayout.Legend placement="bottom">{scale}</VizLayout.Legend> : null}>
        {(wide, tall) => <UPlotChart config={config} data={config.prepData!([frames[0]]) as any} width={wide} height={tall} />}
      </VizLayout>
      {tooltip}
    </>
  );
}
