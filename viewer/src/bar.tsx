// What stands above the panels: where the page is, the time, the variables, the theme.
import { type TimeRange, dateTime, dateTimeFormat } from '@grafana/data';
import { Combobox, Dropdown, Menu, MultiCombobox, RefreshPicker, TimeRangePicker, ToolbarButton, useTheme2 } from '@grafana/ui';
import type { Options } from './data';
import type { Dashboard, Opened } from './model';
import { type Place, timeRangeOf } from './place';
import { ALL, parameters } from './variables';

const INTERVALS = ['10s', '15s', '30s', '1m', '5m'];

interface BarProps {
  page: Opened;
  dashboard: Dashboard;
  place: Place;
  change(place: Partial<Place>): void;
  options: Options[];
  shown: TimeRange;
  zoomedOut(): void;
  timeZone: string;
  setTimeZone(zone: string): void;
  refresh(): void;
}

export function Bar(props: BarProps) {
  const { page, dashboard, place, change, timeZone } = props;
  const theme = useTheme2();
  const other = place.theme === 'dark' ? 'light' : 'dark';
  return (
    <header style={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 8, marginBottom: 12 }}>
      <Dashboards page={page} place={place} />
      <h1 style={{ ...theme.typography.h4, margin: 0, marginRight: 'auto' }}>{dashboard.title}</h1>
      {page.note && <span style={{ color: theme.colors.text.secondary }}>{page.note}</span>}
      <Links dashboard={dashboard} />
      {page.recorded ? <RecordedTime {...props} /> : <LiveTime {...props} />}
      <ToolbarButton icon="palette" tooltip={`Change to ${other} colours`} onClick={() => change({ theme: other })}>
        {other === 'dark' ? 'Dark' : 'Light'}
      </ToolbarButton>
      <Variables {...props} key={timeZone} />
    </header>
  );
}

/** The other dashboards, at the same time and with the same variables. */
function Dashboards({ page, place }: { page: Opened; place: Place }) {
  const query = [`from=${place.range.from.valueOf()}`, `to=${place.range.to.valueOf()}`, `theme=${place.theme}`, ...parameters(place.values)].join('&');
  const url = (uid: string): string => (page.recorded ? `${uid}.html?theme=${place.theme}` : `/d/${uid}?${query}`);
  const menu = (
    <Menu>
      <Menu.Item label="All dashboards" url={page.recorded ? `index.html?theme=${place.theme}` : '/'} />
      <Menu.Divider />
      {page.dashboards.map(({ uid, title }) => (
        <Menu.Item key={uid} label={title} url={url(uid)} />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu} placement="bottom-start">
      <ToolbarButton icon="apps" isOpen={false} aria-label="Dashboards" tooltip="Dashboards" />
    </Dropdown>
  );
}

function Links({ dashboard }: { dashboard: Dashboard }) {
  const theme = useTheme2();
  const links = (dashboard.links ?? []).filter(({ type, url }) => type !== 'dashboards' && url?.startsWith('http'));
  return links.map(({ title, url, targetBlank }) => (
    <a key={url} href={url} target={targetBlank ? '_blank' : undefined} rel="noreferrer" style={{ color: theme.colors.text.link }}>
      {title}
    </a>
  ));
}

function RecordedTime({ shown, timeZone, zoomedOut }: BarProps) {
  const at = (time: TimeRange['from'], format: string): string => dateTimeFormat(time, { timeZone, format });
  return (
    <ToolbarButton icon="clock-nine" tooltip="Show the whole time that was recorded" onClick={zoomedOut}>
      {`${at(shown.from, 'YYYY-MM-DD HH:mm')} to ${at(shown.to, 'HH:mm')} UTC`}
    </ToolbarButton>
  );
}

function LiveTime({ dashboard, place, change, shown, timeZone, setTimeZone, refresh }: BarProps) {
  const [from, to] = [shown.from.valueOf(), shown.to.valueOf()];
  const move = (start: number, end: number): void => change({ range: { from: dateTime(start), to: dateTime(end) } });
  const half = (to - from) / 2;
  return (
    <>
      <TimeRangePicker
        value={{ ...timeRangeOf(place.range), raw: place.range }}
        timeZone={timeZone}
        onChange={({ raw }) => change({ range: raw })}
        onChangeTimeZone={setTimeZone}
        onMoveBackward={() => move(from - half, to - half)}
        onMoveForward={() => move(from + half, to + half)}
        onZoom={() => move(from - half, to + half)}
        isOnCanvas
      />
      <RefreshPicker
        value={place.refresh}
        intervals={dashboard.timepicker?.refresh_intervals ?? INTERVALS}
        onIntervalChanged={(interval) => change({ refresh: interval })}
        onRefresh={refresh}
        isOnCanvas
      />
    </>
  );
}

function Variables({ page, dashboard, options, place, change }: BarProps) {
  const theme = useTheme2();
  const shown = (dashboard.templating?.list ?? []).filter(({ hide }) => hide !== 2);
  if (!shown.length) {
    return null;
  }
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, flexBasis: '100%' }}>
      {shown.map((variable) => {
        const found = options.find(({ name }) => name === variable.name) ?? { options: [], chosen: [] };
        const all = found.chosen.length === found.options.length && found.chosen.length > 1;
        const choose = (chosen: string[]): void =>
          change({ values: { ...place.values, [variable.name]: chosen.length ? chosen : [ALL] } });
        const choices = found.options.map((value) => ({ label: value, value }));
        const label = variable.label ?? variable.name;
        return (
          <div key={variable.name} style={{ display: 'flex', alignItems: 'center', maxWidth: '100%' }}>
            <span style={{ padding: '0 8px', lineHeight: '30px', background: theme.colors.background.primary, border: `1px solid ${theme.components.input.borderColor}`, borderRight: 0, fontSize: theme.typography.bodySmall.fontSize, fontWeight: 500, whiteSpace: 'nowrap' }}>
              {label}
            </span>
            {page.recorded ? (
              <span data-testid="chosen" style={{ padding: '4px 8px', border: `1px solid ${theme.components.input.borderColor}`, fontSize: theme.typography.bodySmall.fontSize, overflowWrap: 'anywhere' }}>
                {all ? 'All' : found.chosen.join(' + ') || 'None'}
              </span>
            ) : variable.multi ? (
              <MultiCombobox aria-label={label} options={choices} value={all ? [] : found.chosen} placeholder={all ? 'All' : 'Choose'} enableAllOption onChange={(chosen) => choose(chosen.map(({ value }) => value))} width="auto" minWidth={16} maxWidth={40} />
            ) : (
              <Combobox aria-label={label} options={choices} value={found.chosen[0] ?? null} onChange={({ value }) => choose([value])} width="auto" minWidth={16} maxWidth={40} />
            )}
          </div>
        );
      })}
    </div>
  );
}
