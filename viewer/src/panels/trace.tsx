// The spans of one trace, each below the one that it belongs to.
import { useMemo, useState } from 'react';
import { formattedValueToString, getValueFormat } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import type { Span } from '../sources/traces';
import type { Draw } from './draw';

const duration = (milliseconds: number): string => formattedValueToString(getValueFormat('ms')(milliseconds));

/** Spans in the order of a reader, with how deep each is. One whose parent is not there is at the top. */
function ordered(spans: Span[]): Array<Span & { depth: number }> {
  const known = new Set(spans.map(({ id }) => id));
  const children = Map.groupBy(spans, ({ parent }) => (parent && known.has(parent) ? parent : ''));
  const below = (id: string, depth: number): Array<Span & { depth: number }> =>
    (children.get(id) ?? []).sort((one, other) => one.start - other.start).flatMap((span) => [{ ...span, depth }, ...below(span.id, depth + 1)]);
  return below('', 0);
}

export function TracePanel({ frames, height }: Draw) {
  const theme = useTheme2();
  const spans = useMemo(() => ordered(frames.flatMap((frame) => frame.fields[0].values as Span[])), [frames]);
  const [open, setOpen] = useState<string>();
  const start = Math.min(...spans.map((span) => span.start));
  const total = Math.max(...spans.map((span) => span.start + span.duration)) - start || 1;
  const services = [...new Set(spans.map(({ service }) => service))];
  const colour = (service: string): string => theme.visualization.getColorByName(theme.visualization.palette[services.indexOf(service) % theme.visualization.palette.length]);
  return (
    <div style={{ height, overflow: 'auto', fontSize: theme.typography.bodySmall.fontSize }}>
      {spans.map((span) => (
        <div key={span.id} data-testid="span" style={{ borderBottom: `1px solid ${theme.colors.border.weak}` }}>
          <div
            role="button"
            tabIndex={0}
            onClick={() => setOpen(open === span.id ? undefined : span.id)}
            onKeyDown={({ key }) => key === 'Enter' && setOpen(open === span.id ? undefined : span.id)}
            style={{ display: 'grid', gridTemplateColumns: 'minmax(120px, 30%) 1fr', gap: 8, padding: '3px 8px', cursor: 'pointer' }}
          >
            <span style={{ paddingLeft: span.depth * 12, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }} title={`${span.service}: ${span.name}`}>
              <strong style={{ color: colour(span.service) }}>{span.service}</strong> {span.name} {span.error && <span style={{ color: theme.colors.error.text }}>error</span>}
            </span>
            <span style={{ position: 'relative', minHeight: 16 }}>
              <span
                style={{ position: 'absolute', left: `${((span.start - start) / total) * 100}%`, width: `${Math.max(0.3, (span.duration / total) * 100)}%`, top: 3, height: 10, background: colour(span.service), borderRadius: 2 }}
              />
              <span style={{ position: 'absolute', right: 0, background: theme.colors.background.primary, paddingLeft: 4 }}>{duration(span.duration)}</span>
            </span>
          </div>
          {open === span.id && (
            <table style={{ margin: '2px 8px 8px 28px' }}>
              <tbody>
                {Object.entries(span.tags).sort().map(([name, value]) => (
                  <tr key={name}>
                    <td style={{ color: theme.colors.text.secondary, paddingRight: 16, verticalAlign: 'top' }}>{name}</td>
                    <td style={{ overflowWrap: 'anywhere' }}>{value}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </div>
      ))}
    </div>
  );
}
