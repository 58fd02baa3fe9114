// One dial of a gauge panel: an arc from the least to the most, with the thresholds around it.
import { type FieldDisplay, ThresholdsMode, formattedValueToString } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';

const DEGREES = 250;
const START = -215;

function point(centre: [number, number], radius: number, share: number): string {
  const angle = (share * DEGREES + START) * (Math.PI / 180);
  return `${centre[0] + radius * Math.cos(angle)} ${centre[1] + radius * Math.sin(angle)}`;
}

const arc = (centre: [number, number], radius: number, from: number, to: number): string =>
  `M ${point(centre, radius, from)} A ${radius} ${radius} 0 ${(to - from) * DEGREES > 180 ? 1 : 0} 1 ${point(centre, radius, to)}`;

export function Dial({ value, width, height }: { value: FieldDisplay; width: number; height: number }) {
  const theme = useTheme2();
  const { display, field } = value;
  const { thresholds } = field;
  const [least, most] = [field.min ?? 0, field.max ?? 100];
  const share = (number: number): number => Math.min(1, Math.max(0, (number - least) / (most - least)));
  const below = display.title ? 20 : 0;
  const radius = Math.max(10, Math.min(width / 2 - 8, (height - below - 16) / 1.6));
  const centre: [number, number] = [width / 2, (height - below - 1.6 * radius) / 2 + radius];
  const thick = Math.max(6, radius / 4.5);
  const steps = thresholds?.steps ?? [];
  const edge = (index: number): number =>
    index === 0 ? 0 : index >= steps.length ? 1 : thresholds?.mode === ThresholdsMode.Percentage ? steps[index].value / 100 : share(steps[index].value);
  const inner = radius - thick / 2 - 5;
  return (
    <svg width={width} height={height} style={{ fontFamily: theme.typography.fontFamily }}>
      <path d={arc(centre, inner, 0, 1)} stroke={theme.colors.background.secondary} strokeWidth={thick} fill="none" />
      <path d={arc(centre, inner, 0, Math.max(0.002, share(display.numeric)))} stroke={display.color} strokeWidth={thick} fill="none" />
      {steps.map(({ color }, index) =>
        edge(index + 1) > edge(index) ? (
          <path key={index} d={arc(centre, radius - 1, edge(index), edge(index + 1))} stroke={theme.visualization.getColorByName(color)} strokeWidth={3} fill="none" />
        ) : null,
      )}
      <text x={centre[0]} y={centre[1] + radius / 6} textAnchor="middle" fontSize={radius / 2.3} fontWeight={500} fill={display.color}>
        {formattedValueToString(display)}
      </text>
      <text x={centre[0]} y={centre[1] + radius * 0.6 + 22} textAnchor="middle" fontSize={14} fill={theme.colors.text.primary}>
        {display.title}
      </text>
    </svg>
  );
}
