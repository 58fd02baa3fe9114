// Who calls whom: a circle for each service, from left to right as calls go.
import { useMemo } from 'react';
import { type DataFrame, formattedValueToString } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { Empty } from './empty';
import type { Draw } from './draw';
import { FONT_SIZE, fitting } from './fitting';

const RADIUS = 22;
const LINE = 16;
const GAP = 6;

interface Node {
  id: string;
  title: string;
  stats: string[];
  colour?: string;
}

interface Edge {
  from: string;
  to: string;
  stat: string;
}

// By the name that the panel gives a field, as Grafana does.
const column = (frame: DataFrame, wanted: string) => frame.fields.find(({ name, config }) => (config.displayName ?? name).toLowerCase() === wanted);

function shown(frame: DataFrame, row: number, wanted: string): string {
  const field = column(frame, wanted);
  const value = field?.values[row];
  return field === undefined || value === undefined || value === null ? '' : field.display ? formattedValueToString(field.display(value)) : String(value);
}

function graphOf(frames: DataFrame[]): { nodes: Node[]; edges: Edge[] } {
  const edges = frames
    .filter((frame) => column(frame, 'source') && column(frame, 'target'))
    .flatMap((frame) => Array.from({ length: frame.length }, (_, row) => ({ from: shown(frame, row, 'source'), to: shown(frame, row, 'target'), stat: shown(frame, row, 'mainstat') })));
  const nodes = frames
    .filter((frame) => column(frame, 'id') && !column(frame, 'source'))
    .flatMap((frame) =>
      Array.from({ length: frame.length }, (_, row) => ({
        id: shown(frame, row, 'id'),
        title: shown(frame, row, 'title') || shown(frame, row, 'id'),
        stats: [shown(frame, row, 'mainstat'), shown(frame, row, 'secondarystat')].filter(Boolean),
        colour: shown(frame, row, 'color'),
      })),
    );
  const known = new Set(nodes.map(({ id }) => id));
  const others = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].filter((id) => !known.has(id));
  return { nodes: [...nodes, ...others.map((id) => ({ id, title: id, stats: [] }))], edges };
}

/** How many calls lie between the start and a node, at most; a circle of calls counts once. */
function layers(nodes: Node[], edges: Edge[]): Map<string, number> {
  const depth = new Map(nodes.map(({ id }) => [id, 0]));
  for (let pass = 0; pass < nodes.length; pass++) {
    for (const { from, to } of edges) {
      const next = depth.get(from)! + 1;
      if (from !== to && next > depth.get(to)! && next < nodes.length) {
        depth.set(to, next);
      }
    }
  }
  const used = [...new Set(depth.values())].sort((one, other) => one - other);
  return new Map([...depth].map(([id, layer]) => [id, used.indexOf(layer)]));
}

export function NodeGraphPanel({ frames, width, height }: Draw) {
  const theme = useTheme2();
  const { nodes, edges } = useMemo(() => graphOf(frames), [frames]);
  const placed = useMemo(() => {
    const layer = layers(nodes, edges);
    const columns = Map.groupBy(nodes, ({ id }) => layer.get(id)!);
    const count = columns.size;
    const position = new Map<string, [number, number]>();
    for (const [index, members] of columns) {
      members.forEach(({ id }, row) => position.set(id, [(width * (index + 0.5)) / count, ((height - LINE) * (row + 0.5)) / members.length]));
    }
    const room = (height - LINE) / Math.max(...[...columns.values()].map((members) => members.length));
    // Names stand below their circles; where circles are too near to each other for that, beside them.
    const beside = room < 2 * (RADIUS + LINE);
    return { position, beside, radius: beside ? Math.min(RADIUS, room * 0.35) : RADIUS, across: width / count };
  }, [nodes, edges, width, height]);
  if (!nodes.length) {
    return <Empty height={height} text="No data" />;
  }
  const { position, radius, beside, across } = placed;
  return (
    <svg width={width} height={height} style={{ display: 'block', fontFamily: theme.typography.fontFamily, fontSize: FONT_SIZE }}>
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 L8 4 L0 8 z" fill={theme.colors.text.secondary} />
        </marker>
      </defs>
      {edges.filter(({ from, to }) => from !== to).map(({ from, to, stat }) => {
        const [[left, top], [right, bottom]] = [position.get(from)!, position.get(to)!];
        const length = Math.hypot(right - left, bottom - top) || 1;
        const [dx, dy] = [((right - left) / length) * (radius + 2), ((bottom - top) / length) * (radius + 2)];
        return (
          <g key={`${from} ${to}`}>
            <line x1={left + dx} y1={top + dy} x2={right - dx} y2={bottom - dy} stroke={theme.colors.text.secondary} strokeOpacity={0.6} markerEnd="url(#arrow)">
              <title>{`${from} to ${to}${stat ? `: ${stat}` : ''}`}</title>
            </line>
            <text x={(left + right) / 2} y={(top + bottom) / 2 - 4} textAnchor="middle" fill={theme.colors.text.secondary}>{stat}</text>
          </g>
        );
      })}
      {nodes.map(({ id, title, stats, colour }) => {
        const [x, y] = position.get(id)!;
        return (
          <g key={id}>
            <circle cx={x} cy={y} r={radius} fill={theme.colors.background.secondary} stroke={theme.visualization.getColorByName(colour || 'blue')} strokeWidth={3} />
            <title>{[title, ...stats].join(': ')}</title>
            {beside ? (
              <text x={x + radius + GAP} y={y + 4} fill={theme.colors.text.primary} stroke={theme.colors.background.primary} strokeWidth={4} paintOrder="stroke">{fitting([title, ...stats].join(' '), across - 2 * radius - GAP)}</text>
            ) : (
              <>
                {stats.map((stat, row) => (
                  <text key={row} x={x} y={y + 4 + (row - (stats.length - 1) / 2) * 13} textAnchor="middle" fill={theme.colors.text.primary}>{stat}</text>
                ))}
                <text x={x} y={y + radius + LINE} textAnchor="middle" fill={theme.colors.text.primary}>{fitting(title, across)}</text>
              </>
            )}
          </g>
        );
      })}
    </svg>
  );
}
