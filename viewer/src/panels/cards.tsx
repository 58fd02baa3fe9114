// A table's rows where there is no room for its columns: one below the other, each value behind the name of its column.
import { type DataFrame, type Field, type LinkModel, formattedValueToString, getFieldDisplayName, sortDataFrame } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';

interface Order {
  displayName: string;
  desc?: boolean;
}

interface Cards {
  frame: DataFrame;
  sortBy?: Order[];
  height: number;
}

export function CardsOfRows({ frame, sortBy, height }: Cards) {
  const theme = useTheme2();
  const [order] = sortBy ?? [];
  const by = order ? frame.fields.findIndex((field) => getFieldDisplayName(field, frame) === order.displayName) : -1;
  const sorted = by < 0 ? frame : sortDataFrame(frame, by, order!.desc);
  return (
    <div tabIndex={0} style={{ height, overflowX: 'hidden', overflowY: 'auto' }}>
      {Array.from({ length: sorted.length }, (_, row) => (
        <dl
          key={row}
          style={{ display: 'flex', flexWrap: 'wrap', gap: '2px 12px', margin: 0, padding: '6px 8px', borderBottom: `1px solid ${theme.colors.border.weak}` }}
        >
          {sorted.fields.map((field) => {
            const name = getFieldDisplayName(field, frame);
            return (
              <div key={name} style={{ display: 'flex', gap: 4, maxWidth: '100%' }}>
                <dt style={{ fontWeight: 'normal', whiteSpace: 'nowrap', color: theme.colors.text.secondary }}>{name}</dt>
                <Value field={field} row={row} />
              </div>
            );
          })}
        </dl>
      ))}
    </div>
  );
}

function Value({ field, row }: { field: Field; row: number }) {
  const theme = useTheme2();
  const value = field.values[row];
  const shown = field.display?.(value);
  const text = shown ? formattedValueToString(shown) : String(value ?? '');
  const [link]: LinkModel[] = field.getLinks?.({ valueRowIndex: row }) ?? [];
  const coloured = field.config.custom?.cellOptions?.type === 'color-background' && shown?.color;
  const look = coloured ? { padding: '0 6px', borderRadius: theme.shape.radius.default, background: coloured, color: theme.colors.getContrastText(coloured) } : {};
  return (
    <dd style={{ margin: 0, overflowWrap: 'anywhere', ...look }}>
      {link ? <a href={link.href} style={{ color: theme.colors.text.link }}>{text}</a> : text}
    </dd>
  );
}
