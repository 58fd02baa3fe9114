// Where panels stand: 24 columns, as Grafana has them; below each other where the screen is narrow.
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Icon, useTheme2 } from '@grafana/ui';
import { type Around, Frame } from './frame';
import type { GridPos, Panel } from './model';

const COLUMNS = 24;
const CELL = 30;
const GAP = 8;
const NARROW = 769;
// A page that is not laid out yet, as in a hidden tab, is narrower.
const LEAST = 100;

interface Placed {
  panel: Panel;
  left: number;
  top: number;
  width: number;
  height: number;
}

const tall = (cells: number): number => cells * CELL + (cells - 1) * GAP;

/** Panels of open rows among the others; what is below an opened row moves down. */
function opened(panels: Panel[], open: ReadonlySet<number>): Array<{ panel: Panel; grid: GridPos }> {
  let moved = 0;
  return panels.flatMap((panel) => {
    const inside = panel.type === 'row' && panel.collapsed && open.has(panel.id) ? (panel.panels ?? []) : [];
    const found = [panel, ...inside].map((one) => ({ panel: one, grid: { ...one.gridPos, y: one.gridPos.y + moved } }));
    if (inside.length) {
      moved += Math.max(...inside.map(({ gridPos }) => gridPos.y + gridPos.h)) - panel.gridPos.y - 1;
    }
    return found;
  });
}

function placed(panels: Panel[], open: ReadonlySet<number>, total: number): Placed[] {
  const shown = opened(panels, open);
  if (total < NARROW) {
    let top = 0;
    return shown
      .sort((one, other) => one.grid.y - other.grid.y || one.grid.x - other.grid.x)
      .map(({ panel, grid }) => {
        const height = tall(grid.h);
        const found = { panel, left: 0, top, width: total, height };
        top += height + GAP;
        return found;
      });
  }
  const column = (total - (COLUMNS - 1) * GAP) / COLUMNS;
  return shown.map(({ panel, grid }) => ({
    panel,
    left: grid.x * (column + GAP),
    top: grid.y * (CELL + GAP),
    width: grid.w * column + (grid.w - 1) * GAP,
    height: tall(grid.h),
  }));
}

export function Grid(around: Around) {
  const { dashboard } = around;
  const place = useRef<HTMLDivElement>(null);
  const [total, setTotal] = useState(0);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => contentRect.width > LEAST && setTotal(Math.floor(contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  const shown = useMemo(() => (total ? placed(dashboard.panels, open, total) : []), [dashboard, open, total]);
  const toggle = (id: number): void => setOpen(new Set(open.has(id) ? [...open].filter((one) => one !== id) : [...open, id]));
  return (
    <div ref={place} style={{ position: 'relative', height: Math.max(0, ...shown.map(({ top, height }) => top + height)) }}>
      {shown.map(({ panel, left, top, width, height }) => (
        <div key={panel.id} style={{ position: 'absolute', left, top, width, height }}>
          {panel.type === 'row' ? <Row panel={panel} open={!panel.collapsed || open.has(panel.id)} toggle={() => toggle(panel.id)} /> : <Frame {...around} panel={panel} width={width} height={height} />}
        </div>
      ))}
    </div>
  );
}

function Row({ panel, open, toggle }: { panel: Panel; open: boolean; toggle(): void }) {
  const theme = useTheme2();
  const heading = { ...theme.typography.h5, lineHeight: `${CELL}px`, margin: 0, display: 'flex', gap: 6, alignItems: 'center' };
  if (!panel.collapsed) {
    return <h2 style={heading}>{panel.title}</h2>;
  }
  return (
    <h2 style={{ margin: 0 }}>
      <button type="button" aria-expanded={open} onClick={toggle} style={{ ...heading, width: '100%', border: 0, padding: 0, background: 'none', color: 'inherit', cursor: 'pointer' }}>
        <Icon name={open ? 'angle-down' : 'angle-right'} />
        {panel.title}
        {!open && <small style={{ color: theme.colors.text.secondary }}>{`(${panel.panels?.length ?? 0} panels)`}</small>}
      </button>
    </h2>
  );
}
