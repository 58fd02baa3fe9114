// Lines of logs; a click shows the fields of a line, and where they lead.
import { useState } from 'react';
import { type DataFrame, dateTimeFormat } from '@grafana/data';
import { Icon, useTheme2 } from '@grafana/ui';
import type { Draw } from './draw';

interface Row {
  time: number;
  text: string;
  labels: Record<string, string>;
}

const LEVELS: Array<[pattern: RegExp, colour: string]> = [
  [/crit|fatal|emerg|alert/i, '#705da0'],
  [/err/i, '#e24d42'],
  [/warn/i, '#fade2a'],
  [/info/i, '#7eb26d'],
  [/debug/i, '#1f78c1'],
  [/trace/i, '#6ed0e0'],
];
const UNKNOWN = '#8e8e8e';
const SHOWN_FIRST = 100;

const levelOf = ({ detected_level, severity_text, level, severity }: Record<string, string>): string => detected_level ?? severity_text ?? level ?? severity ?? '';

function rowsOf(frames: DataFrame[], ascending: boolean): Row[] {
  const rows = frames.flatMap((frame) => frame.fields[0].values.map((time: number, index: number) => ({ time, text: frame.fields[1].values[index], labels: frame.fields[2].values[index] })));
  return rows.sort((one, other) => (ascending ? one.time - other.time : other.time - one.time));
}

export function LogsPanel({ options, frames, height, timeZone, source, explore }: Draw) {
  const theme = useTheme2();
  const [count, setCount] = useState(SHOWN_FIRST);
  const rows = rowsOf(frames, options.sortOrder === 'Ascending');
  return (
    <div
      tabIndex={0}
      style={{ height, overflow: 'auto', fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize, lineHeight: theme.typography.body.lineHeight }}
    >
      {rows.slice(0, count).map((row, index) => (
        <LogLine key={`${row.time} ${index}`} row={row} options={options} timeZone={timeZone} trace={(id) => (source && explore ? explore(source, id) : null)} />
      ))}
      {rows.length > count && (
        <button
          type="button"
          onClick={() => setCount(count + SHOWN_FIRST)}
          style={{ margin: 8, padding: '2px 8px', background: theme.colors.secondary.main, color: theme.colors.secondary.contrastText, border: 0, borderRadius: theme.shape.radius.default, cursor: 'pointer' }}
        >
          {`Show ${Math.min(SHOWN_FIRST, rows.length - count)} more of ${rows.length} lines`}
        </button>
      )}
    </div>
  );
}

interface LineProps {
  row: Row;
  options: Record<string, any>;
  timeZone: string;
  trace(id: string): string | null;
}

function LogLine({ row, options, timeZone, trace }: LineProps) {
  const theme = useTheme2();
  const [open, setOpen] = useState(false);
  const { time, text, labels } = row;
  const details = options.enableLogDetails !== false;
  const colour = LEVELS.find(([pattern]) => pattern.test(levelOf(labels)))?.[1] ?? UNKNOWN;
  const toggle = () => details && setOpen(!open);
  return (
    <div style={{ background: open ? theme.colors.background.secondary : undefined }}>
      <div
        role="button"
        tabIndex={0}
        aria-expanded={open}
        onClick={toggle}
        onKeyDown={({ key }) => key === 'Enter' && toggle()}
        style={{ display: 'flex', gap: 8, padding: '1px 8px 1px 4px', cursor: details ? 'pointer' : undefined }}
      >
        <span style={{ flex: '0 0 3px', background: colour }} />
        {details && <Icon name={open ? 'angle-down' : 'angle-right'} style={{ flex: '0 0 auto', alignSelf: 'start', marginTop: 1 }} />}
        {options.showTime !== false && (
          <span style={{ color: theme.colors.text.secondary, whiteSpace: 'nowrap' }}>{dateTimeFormat(time, { timeZone, format: 'YYYY-MM-DD HH:mm:ss.SSS' })}</span>
        )}
        {options.showLabels && <span style={{ color: theme.colors.text.secondary }}>{Object.entries(labels).map((pair) => pair.join('=')).join(' ')}</span>}
        <span style={{ whiteSpace: options.wrapLogMessage === false ? 'pre' : 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</span>
      </div>
      {open && <Details labels={labels} trace={trace} />}
    </div>
  );
}

function Details({ labels, trace }: { labels: Record<string, string>; trace: LineProps['trace'] }) {
  const theme = useTheme2();
  return (
    <table data-testid="log-details" style={{ margin: '2px 8px 8px 28px' }}>
      <tbody>
        {Object.entries(labels).sort().map(([name, value]) => {
          const url = name === 'trace_id' ? trace(value) : null;
          return (
            <tr key={name}>
              <td style={{ color: theme.colors.text.secondary, paddingRight: 16, verticalAlign: 'top', whiteSpace: 'nowrap' }}>{name}</td>
              <td style={{ overflowWrap: 'anywhere' }}>{url ? <a href={url} style={{ color: theme.colors.text.link }}>{value}</a> : value}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
