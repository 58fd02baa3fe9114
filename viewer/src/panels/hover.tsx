// A tooltip for the panels that we draw ourselves.
import { useState } from 'react';
import type uPlot from 'uplot';
import { type UPlotConfigBuilder, VizTooltipContainer, VizTooltipContent, VizTooltipHeader, VizTooltipWrapper } from '@grafana/ui';

export interface Hovered {
  label: string;
  items: Array<{ label: string; value: string; color?: string }>;
}

interface Placed extends Hovered {
  x: number;
  y: number;
}

/** The tooltip, and what lets a chart say what stands under the pointer: null is nothing. */
export function useHover(): [React.ReactNode, (config: UPlotConfigBuilder, under: (u: uPlot, left: number, top: number) => Hovered | null) => void] {
  const [placed, place] = useState<Placed | null>(null);
  const watch = (config: UPlotConfigBuilder, under: (u: uPlot, left: number, top: number) => Hovered | null): void =>
    config.addHook('init', (u) => {
      u.over.addEventListener('mouseleave', () => place(null));
      u.over.addEventListener('mousemove', (event) => {
        const found = under(u, event.offsetX, event.offsetY);
        place(found && { ...found, x: event.clientX, y: event.clientY });
      });
    });
  return [placed && <Shown {...placed} />, watch];
}

function Shown({ x, y, label, items }: Placed) {
  return (
    <VizTooltipContainer position={{ x, y }} offset={{ x: 10, y: 10 }}>
      <VizTooltipWrapper>
        <VizTooltipHeader item={{ label, value: '' }} />
        <VizTooltipContent items={items} />
      </VizTooltipWrapper>
    </VizTooltipContainer>
  );
}
