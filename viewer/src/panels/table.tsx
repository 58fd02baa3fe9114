import { useEffect, useMemo, useState } from 'react';
import { type DataFrame, type Field, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { measureText } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { CardsOfRows } from './cards';
import type { Draw } from './draw';

const FONT = 14;
// Of a cell's text: its padding, and in a heading the sign of the order too.
const AROUND = 16;
const SIGN = 20;
const WIDEST = 320;
const MEASURED_ROWS = 200;

export function TablePanel({ options, frames, fieldConfig, width, height, timeRange }: Draw) {
  const frame = frames[options.frameIndex ?? 0];
  const wanted = useMemo(() => frame.fields.map((field) => Math.min(WIDEST, field.config.custom?.width ?? needed(field, frame))), [frame]);
  const fitted = useMemo(() => fit(frame, wanted, width), [frame, wanted, width]);
  const [sortBy, setSortBy] = useState(options.sortBy);
  useEffect(() => setSortBy(options.sortBy), [options]);
  if (sum(wanted) > width) {
    return <CardsOfRows frame={frame} sortBy={sortBy} height={height} />;
  }
  return (
    <TableNG
      data={fitted}
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

const sum = (widths: number[]): number => widths.reduce((all, one) => all + one, 0);

/** Columns as wide as what is in them, and what is left over shared: equal columns cut off long texts beside short. */
function fit(frame: DataFrame, wanted: number[], width: number): DataFrame {
  const spare = Math.floor((width - sum(wanted)) / wanted.length);
  return {
    ...frame,
    fields: frame.fields.map((field, index) => ({ ...field, config: { ...field.config, custom: { ...field.config.custom, width: wanted[index] + spare } } })),
  };
}

function needed(field: Field, frame: DataFrame): number {
  const texts = field.values.slice(0, MEASURED_ROWS).map((value) => (field.display ? formattedValueToString(field.display(value)) : String(value ?? '')));
  const heading = measureText(getFieldDisplayName(field, frame), FONT).width + SIGN;
  return Math.ceil(Math.max(heading, ...texts.map((text) => measureText(text, FONT).width)) + AROUND);
}
