// What Grafana's application does with a panel's field configuration before a panel is drawn: its packages leave that,
// and the registries that it reads, to whoever uses them.
import {
  type DataFrame,
  type DataTransformerConfig,
  type DataTransformerInfo,
  type FieldConfigSource,
  FieldColorModeId,
  type GrafanaTheme2,
  type PanelPlugin,
  ThresholdsMode,
  applyFieldOverrides,
  booleanOverrideProcessor,
  cacheFieldDisplayNames,
  createFieldConfigRegistry,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  transformDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';
import type { Panel } from './model';
import type { Interpolate } from './variables';

const THRESHOLDS = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: -Infinity, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

const STANDARD: Array<[id: string, process: unknown, byDefault?: unknown]> = [
  ['displayName', displayNameOverrideProcessor],
  ['unit', unitOverrideProcessor],
  ['min', numberOverrideProcessor],
  ['max', numberOverrideProcessor],
  ['decimals', numberOverrideProcessor],
  ['noValue', stringOverrideProcessor],
  ['description', stringOverrideProcessor],
  ['links', dataLinksOverrideProcessor],
  ['mappings', valueMappingsOverrideProcessor, []],
  ['filterable', booleanOverrideProcessor],
  ['fieldMinMax', booleanOverrideProcessor],
  ['thresholds', thresholdsOverrideProcessor, THRESHOLDS],
  ['color', identityOverrideProcessor],
];

const nothing = (): null => null;

/** To be called once, before anything is drawn. */
export function register(): void {
  standardFieldConfigEditorRegistry.setInit(
    () =>
      STANDARD.map(([id, process, defaultValue]) => ({
        id,
        path: id,
        name: id,
        process,
        defaultValue,
        shouldApply: () => true,
        editor: nothing,
        override: nothing,
        settings: {},
      })) as any,
  );
  // One of them is there twice.
  const transformers = new Map(Object.values(standardTransformers).map((one) => [one.id, one as DataTransformerInfo]));
  standardTransformersRegistry.setInit(
    () =>
      [...transformers.values()].map((one) => ({
        id: one.id,
        name: one.name,
        transformation: () => Promise.resolve(one),
        editor: nothing,
        imageDark: '',
        imageLight: '',
      })) as any,
  );
}

// What a panel's plugin puts on every field; the plugins themselves are in Grafana's application.
const GRAPH = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  pointSize: 5,
  showPoints: 'auto',
  spanNulls: false,
  insertNulls: false,
  barAlignment: 0,
  barWidthFactor: 0.6,
  axisPlacement: 'auto',
  axisBorderShow: false,
  axisColorMode: 'text',
  scaleDistribution: { type: 'linear' },
  stacking: { mode: 'none', group: 'A' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: { viz: false, legend: false, tooltip: false },
};
const CUSTOM: Record<string, object> = {
  timeseries: GRAPH,
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, footer: { reducers: [] } },
  'state-timeline': { fillOpacity: 70, lineWidth: 0 },
  'status-history': { fillOpacity: 70, lineWidth: 1 },
};
const COLOUR: Record<string, string> = { timeseries: FieldColorModeId.PaletteClassic, piechart: FieldColorModeId.PaletteClassic };

export interface Prepared {
  fieldConfig: FieldConfigSource;
  frames: DataFrame[];
}

/** A panel's frames, transformed, with every field's unit, colours, mappings and links.
 *
 * Throws an error that names a transformation that the packages do not have: they would pass the data on as they are.
 */
export async function prepared(panel: Panel, frames: DataFrame[], theme: GrafanaTheme2, interpolate: Interpolate, timeZone: string): Promise<Prepared> {
  const data = await transformed(panel, frames, interpolate);
  const fieldConfig = withDefaults(panel);
  const named = new Set([
    ...Object.keys(fieldConfig.defaults.custom ?? {}),
    ...fieldConfig.overrides.flatMap(({ properties }) => properties.map(({ id }) => id)).filter((id) => id.startsWith('custom.')).map((id) => id.slice('custom.'.length)),
  ]);
  const useCustomConfig = (builder: any): void =>
    named.forEach((path) =>
      builder.addCustomEditor({ id: path, path, name: path, editor: nothing, override: nothing, process: identityOverrideProcessor, shouldApply: () => true }),
    );
  const fieldConfigRegistry = createFieldConfigRegistry({ useCustomConfig } as Parameters<typeof createFieldConfigRegistry>[0], panel.type as unknown as PanelPlugin['meta']['name']);
  const shown = applyFieldOverrides({ data, fieldConfig, fieldConfigRegistry, replaceVariables: interpolate as any, theme, timeZone });
  // Before this, tables would have the headings from before the overrides.
  cacheFieldDisplayNames(shown);
  return { fieldConfig, frames: shown };
}

async function transformed(panel: Panel, frames: DataFrame[], interpolate: Interpolate): Promise<DataFrame[]> {
  const wanted = (panel.transformations ?? []).filter(({ disabled }) => !disabled) as DataTransformerConfig[];
  const unknown = wanted.find(({ id }) => !standardTransformersRegistry.getIfExists(id));
  if (unknown) {
    throw new Error(`The transformation ${unknown.id} is not known here.`);
  }
  return wanted.length ? firstValueFrom(transformDataFrame(wanted, frames, { interpolate: (text) => interpolate(text) })) : frames;
}

function withDefaults(panel: Panel): FieldConfigSource {
  const given = panel.fieldConfig ?? { defaults: {}, overrides: [] };
  return {
    defaults: {
      color: { mode: COLOUR[panel.type] ?? FieldColorModeId.Thresholds },
      thresholds: THRESHOLDS,
      ...given.defaults,
      custom: { ...CUSTOM[panel.type], ...given.defaults.custom },
    },
    overrides: given.overrides ?? [],
  };
}
