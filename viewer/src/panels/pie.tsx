import { type DataFrame, type Field, FieldType, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/schema';
import { VizLayout, VizLegend, useTheme2 } from '@grafana/ui';
import type { Draw } from './draw';

const valued = (frame: DataFrame): Field => frame.fields.find(({ type }) => type === FieldType.number)!;

export function PiePanel({ options, frames, width, height }: Draw) {
  const theme = useTheme2();
  const parts = frames.map((frame) => {
    const field = valued(frame);
    const last = (field.values as number[]).filter((value) => value !== null && !Number.isNaN(value)).at(-1) ?? 0;
    return { name: getFieldDisplayName(field, frame, frames), value: last, shown: field.display!(last) };
  });
  const sum = parts.reduce((total, { value }) => total + value, 0) || 1;
  const placement = options.legend?.placement ?? 'right';
  const items = parts.map(({ name, shown }) => ({ label: `${name}: ${formattedValueToString(shown)}`, color: shown.color!, yAxis: 1 }));
  let from = -Math.PI / 2;
  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        <VizLayout.Legend placement={placement}>
          <VizLegend placement={placement} displayMode={LegendDisplayMode.List} items={items} />
        </VizLayout.Legend>
      }
    >
      {(wide, tall) => {
        const radius = Math.min(wide, tall) / 2 - 6;
        const point = (angle: number): string => `${wide / 2 + radius * Math.cos(angle)} ${tall / 2 + radius * Math.sin(angle)}`;
        return (
          <svg width={wide} height={tall}>
            {parts.map(({ name, value, shown }) => {
              const start = from;
              // A whole circle would end where it starts, and so be nothing.
              from += Math.min(value / sum, 0.99999) * 2 * Math.PI;
              return (
                <path key={name} d={`M ${wide / 2} ${tall / 2} L ${point(start)} A ${radius} ${radius} 0 ${from - start > Math.PI ? 1 : 0} 1 ${point(from)} Z`} fill={shown.color} stroke={theme.colors.background.primary}>
                  <title>{`${name}: ${formattedValueToString(shown)}`}</title>
                </path>
              );
            })}
          </svg>
        );
      }}
    </VizLayout>
  );
}
