import { createRoot } from 'react-dom/client';
import moment from 'moment';
import 'uplot/dist/uPlot.min.css';
import { explored } from './explore';
import { register } from './fields';
import type { Dashboard, Page } from './model';
import { Failed, ListScreen, Screens } from './screen';

const DASHBOARD = /^\/d\/([\w-]+)/;

/** JSON that the page was written with, or that the stack serves. */
async function load<Document>(id: string, path: string): Promise<Document> {
  const embedded = document.getElementById(id)?.textContent;
  if (embedded) {
    return JSON.parse(embedded);
  }
  const answer = await fetch(path);
  if (!answer.ok) {
    throw new Error(answer.status === 404 ? `There is no ${path} here.` : `${path}: ${answer.status} ${answer.statusText}`);
  }
  return answer.json();
}

async function shown(): Promise<React.ReactNode> {
  const page = await load<Page>('page', '/stack.json');
  if (page.shown?.length) {
    const { to } = page.shown[0].recorded;
    // "9 minutes ago" is meant at the time of the data, whenever the page is read.
    (moment as unknown as { now(): number }).now = () => to;
    return <Screens opened={page.shown.map((one) => ({ ...page, ...one }))} />;
  }
  const uid = DASHBOARD.exec(location.pathname)?.[1];
  if (uid) {
    return <Screens opened={[{ ...page, dashboard: await load<Dashboard>('dashboard', `/dashboards/${uid}.json`) }]} />;
  }
  if (location.pathname === '/explore') {
    return <Screens opened={[{ ...page, dashboard: explored(page, new URLSearchParams(location.search).get('panes')) }]} />;
  }
  return <ListScreen page={page} />;
}

register();
shown()
  .catch((error: Error) => <Failed message={error.message} />)
  .then((page) => createRoot(document.getElementById('root')!).render(page));
