import { useEffect, useState } from 'react';
import { TableNG } from '@grafana/ui/unstable';
import type { Draw } from './draw';

export function TablePanel({ options, frames, fieldConfig, width, height, timeRange }: Draw) {
  const frame = frames[options.frameIndex ?? 0];
  const [sortBy, setSortBy] = useState(options.sortBy);
  useEffect(() => setSortBy(options.sortBy), [options]);
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={options.showHeader === false}
      showTypeIcons={options.showTypeIcons}
      cellHeight={options.cellHeight}
      sortBy={sortBy}
      onSortByChange={setSortBy}
      enablePagination={options.enablePagination}
      fieldConfig={fieldConfig}
      noValue={fieldConfig.defaults.noValue}
      timeRange={timeRange}
      resizable
      enableVirtualization={false}
    />
  );
}
