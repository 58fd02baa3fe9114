// Stat, bar gauge and gauge: one thing for each value.
import { type DisplayValueAlignmentFactors, type FieldDisplay, VizOrientation, getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import { BarGauge, BigValue, VizRepeater, measureText, useTheme2 } from '@grafana/ui';
import type { Draw } from './draw';
import { Dial } from './dial';

const TITLE_SIZE = 12;

interface Place {
  value: FieldDisplay;
  width: number;
  height: number;
  orientation: VizOrientation;
  alignmentFactors: DisplayValueAlignmentFactors;
  count: number;
}

interface Repeat {
  draw: Draw;
  sparkline?: boolean;
  autoGrid?: boolean;
  minVizWidth?: number;
  minVizHeight?: number;
  maxVizHeight?: number;
  render(place: Place): React.JSX.Element;
}

function Repeated({ draw, sparkline = false, render, ...layout }: Repeat) {
  const theme = useTheme2();
  const { options, frames, fieldConfig, interpolate, timeZone, width, height } = draw;
  const values = () =>
    getFieldDisplayValues({
      data: frames,
      fieldConfig,
      reduceOptions: options.reduceOptions ?? { calcs: ['lastNotNull'], values: false },
      replaceVariables: interpolate as any,
      theme,
      timeZone,
      sparkline,
      percentChange: options.showPercentChange,
    });
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      source={frames}
      getValues={values}
      getAlignmentFactors={alignment}
      renderValue={(place) => linked(place.value, render(place as Place))}
      renderCounter={0}
      width={width}
      height={height}
      itemSpacing={layout.autoGrid ? 3 : 10}
      orientation={(options.orientation as VizOrientation) ?? VizOrientation.Auto}
      {...layout}
    />
  );
}

/** Room for the widest title: the packages go by the one with most characters. */
function alignment(values: FieldDisplay[]): DisplayValueAlignmentFactors {
  const factors = getDisplayValueAlignmentFactors(values);
  const titles = values.map(({ display }) => display.title ?? '');
  const widths = titles.map((title) => measureText(title, TITLE_SIZE).width);
  return { ...factors, title: titles[widths.indexOf(Math.max(...widths))] ?? factors.title };
}

/** A value that leads somewhere is a link to the first place that it leads to. */
function linked(value: FieldDisplay, drawn: React.JSX.Element): React.JSX.Element {
  const [link] = value.hasLinks && value.getLinks ? value.getLinks() : [];
  return link ? (
    <a href={link.href} target={link.target} title={link.title} style={{ display: 'block' }}>
      {drawn}
    </a>
  ) : (
    drawn
  );
}

export function StatPanel(draw: Draw) {
  const theme = useTheme2();
  const { options, timeRange } = draw;
  const sparkline = (options.graphMode ?? 'area') !== 'none';
  const textMode = (count: number) => ((options.textMode ?? 'auto') === 'auto' && count === 1 ? 'value' : options.textMode);
  return (
    <Repeated
      draw={draw}
      sparkline={sparkline}
      autoGrid
      render={({ value, count, width, height, alignmentFactors }) => (
        <BigValue
          value={value.display}
          count={count}
          sparkline={sparkline && value.sparkline ? { ...value.sparkline, timeRange } : undefined}
          colorMode={options.colorMode ?? 'value'}
          graphMode={options.graphMode ?? 'area'}
          justifyMode={options.justifyMode}
          textMode={textMode(count)}
          disableWideLayout={options.wideLayout === false}
          alignmentFactors={alignmentFactors}
          text={options.text}
          width={width}
          height={height}
          theme={theme}
          hasLinks={value.hasLinks}
          percentChangeColorMode={options.percentChangeColorMode}
        />
      )}
    />
  );
}

// Beside its bar a name gets 40 % of the width, which is too little on a phone; above it, it needs the height of two lines.
const NARROW = 480;
const HEIGHT_WITH_NAME_ABOVE = 42;

export function BarGaugePanel(draw: Draw) {
  const theme = useTheme2();
  const { options } = draw;
  return (
    <Repeated
      draw={draw}
      minVizWidth={options.minVizWidth ?? 8}
      minVizHeight={draw.width < NARROW ? HEIGHT_WITH_NAME_ABOVE : options.minVizHeight ?? 16}
      maxVizHeight={draw.width < NARROW ? 2 * HEIGHT_WITH_NAME_ABOVE : options.maxVizHeight ?? 300}
      render={({ value, count, width, height, orientation, alignmentFactors }) => (
        <BarGauge
          value={count === 1 ? { ...value.display, title: undefined } : value.display}
          width={width}
          height={height}
          orientation={orientation}
          field={value.field}
          text={options.text}
          display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0)}
          theme={theme}
          itemSpacing={10}
          lcdCellWidth={12}
          displayMode={options.displayMode ?? 'gradient'}
          alignmentFactors={alignmentFactors}
          showUnfilled={options.showUnfilled ?? true}
          valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
        />
      )}
    />
  );
}

export function GaugePanel(draw: Draw) {
  return <Repeated draw={draw} autoGrid minVizWidth={75} minVizHeight={75} render={({ value, width, height }) => <Dial value={value} width={width} height={height} />} />;
}
