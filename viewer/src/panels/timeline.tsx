// State timeline and status history: a row for each series, its value as colour and text.
import { useMemo } from 'react';
import tinycolor from 'tinycolor2';
import { type DataFrame, type Field, FieldType, dateTimeFormat, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/schema';
import { UPlotChart, VizLayout, VizLegend, measureText, useTheme2 } from '@grafana/ui';
import { rowsOverTime } from './axes';
import type { Draw } from './draw';
import { useHover } from './hover';

const FONT = 12;
const GAP_SHARE = 0.1;
// What axis and legend leave of a panel's height.
const PLOT_SHARE = 0.75;

interface Run {
  from: number;
  to: number;
  value: unknown;
}

const valued = (frame: DataFrame): Field => frame.fields.find(({ type }) => type !== FieldType.time)!;

/** Times (milliseconds) of equal values; a time without samples ends a run. */
function runs(frame: DataFrame, merge: boolean): Run[] {
  const times = frame.fields[0].values as number[];
  const { values } = valued(frame);
  const step = frame.fields[0].config.interval ?? times[1] - times[0];
  const found: Run[] = [];
  times.forEach((from, index) => {
    const last = found.at(-1);
    const to = Math.min(times[index + 1] ?? Infinity, from + step);
    if (merge && last && last.value === values[index] && from - last.to <= step / 2) {
      last.to = to;
    } else {
      found.push({ from, to, value: values[index] });
    }
  });
  return found;
}

export function TimelinePanel({ panel, options, frames, width, height, timeRange, timeZone }: Draw) {
  const theme = useTheme2();
  const [tooltip, watch] = useHover();
  const states = panel.type === 'state-timeline';
  const rows = useMemo(
    () => frames.map((frame) => ({ name: getFieldDisplayName(valued(frame), frame, frames), field: valued(frame), runs: runs(frame, states && options.mergeValues !== false) })),
    [frames],
  );
  const legend = new Map(rows.flatMap(({ field, runs: all }) => all.map(({ value }) => field.display!(value)).map((shown) => [formattedValueToString(shown), shown.color!])));
  const config = useMemo(() => {
    const builder = rowsOverTime(timeRange, timeZone, theme, rows.map(({ name }) => name), rows.map((_, index) => rows.length - index - 0.5), width, height * PLOT_SHARE);
    builder.addHook('draw', (u) => {
      const { ctx, bbox } = u;
      const pixel = devicePixelRatio;
      const row = bbox.height / rows.length;
      const tall = row * (options.rowHeight ?? 0.9);
      ctx.save();
      rows.forEach(({ field, runs: all }, index) => {
        const top = bbox.top + index * row + (row - tall) / 2;
        for (const { from, to, value } of all) {
          const left = Math.max(bbox.left, u.valToPos(from, 'x', true));
          const wide = Math.min(u.valToPos(to, 'x', true), bbox.left + bbox.width) - left;
          const gap = states ? 0 : wide * GAP_SHARE;
          const shown = field.display!(value);
          ctx.fillStyle = tinycolor(shown.color).setAlpha((field.config.custom?.fillOpacity ?? 70) / 100).toRgbString();
          ctx.fillRect(left + gap / 2, top, wide - gap, tall);
          const text = formattedValueToString(shown);
          if (options.showValue !== 'never' && measureText(text, FONT).width * pixel + 8 * pixel < wide && tall > FONT * pixel) {
            ctx.fillStyle = theme.colors.getContrastText(shown.color!, 3);
            ctx.font = `${FONT * pixel}px ${theme.typography.fontFamily}`;
            ctx.textAlign = 'left';
            ctx.textBaseline = 'middle';
            ctx.fillText(text, left + 4 * pixel, top + tall / 2);
          }
        }
      });
      ctx.restore();
    });
    watch(builder, (u, left, top) => {
      const found = rows[Math.floor((top / u.over.clientHeight) * rows.length)];
      const at = u.posToVal(left, 'x');
      const run = found?.runs.find(({ from, to }) => from <= at && at < to);
      const shown = run && found.field.display!(run.value);
      const time = (moment: number) => dateTimeFormat(moment, { timeZone, format: 'HH:mm:ss' });
      return run && shown ? { label: `${time(run.from)} to ${time(run.to)}`, items: [{ label: found.name, value: formattedValueToString(shown), color: shown.color }] } : null;
    });
    return builder;
  }, [rows, theme, timeRange, timeZone, width, height]);
  const placement = options.legend?.placement ?? 'bottom';
  const items = [...legend].map(([label, color]) => ({ label, color, yAxis: 1 }));
  return (
    <>
      <VizLayout
        width={width}
        height={height}
        legend={
          options.legend?.showLegend !== false ? (
            <VizLayout.Legend placement={placement}>
              <VizLegend items={items} placement={placement} displayMode={LegendDisplayMode.List} />
            </VizLayout.Legend>
          ) : null
        }
      >
        {(wide, tall) => <UPlotChart config={config} data={config.prepData!([frames[0]]) as any} width={wide} height={tall} />}
      </VizLayout>
      {tooltip}
    </>
  );
}
