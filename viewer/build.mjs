// Builds viewer.js, viewer.css and NOTICE from src/. `node build.mjs DIRECTORY` writes them there instead of here.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? here;
const modules = join(here, 'node_modules');
const icons = join(modules, '@grafana/ui/dist/public/img/icons');
// What no panel needs: editors, maps, telemetry.
const unused =
  /^(monaco-editor|@monaco-editor\/react|ol|ol\/.*|slate|slate-react|slate-plain-serializer|@codemirror\/.*|@uiw\/react-codemirror|@lezer\/.*|@grafana\/faro-web-sdk|react-dropzone|prismjs.*|jquery|react-colorful|@hello-pangea\/dnd|geotiff)$/;
const stub =
  'module.exports = new Proxy(function () {}, { get: (_, key) => key === "__esModule" ? false : key === Symbol.toPrimitive ? () => "" : class {} });';

const read = (path) => readFileSync(join(modules, path));
const font = (path) => `url('data:font/woff2;base64,${read(path).toString('base64')}') format('woff2')`;

/** The icons of these names. */
function iconsIn(text) {
  const named = new Set(text.match(/[a-z0-9-]+/g));
  const found = Object.fromEntries(
    ['unicons', 'custom', 'mono', 'solid'].flatMap((folder) =>
      existsSync(join(icons, folder))
        ? readdirSync(join(icons, folder))
            .map((file) => file.replace(/\.svg$/, ''))
            .filter((name) => named.has(name))
            .map((name) => [`${folder}/${name}`, readFileSync(join(icons, folder, `${name}.svg`), 'utf8')])
        : [],
    ),
  );
  // The packages name it and do not have it.
  const right = found['unicons/angle-double-right'];
  return { 'unicons/angle-double-left': right.replace('<svg ', '<svg style="transform:scaleX(-1)" '), ...found };
}

const WANTED = 'angle-double-left angle-double-right circle-mono comment-alt expand-arrows filter-minus filter-plus search-plus sync-slash text-fields info-circle angle-down angle-right angle-left angle-up apps arrow-up arrow-down arrow-right bug calendar-alt check check-square clipboard-alt clock-nine copy ellipsis-v exclamation-circle exclamation-triangle external-link-alt eye filter history link minus palette percentage plus question-circle search search-minus square-shape sync times fa fa-spinner spinner';

const outsideGrafana = {
  name: 'outside-grafana',
  setup(builder) {
    // Icons and fonts come from Grafana's server by their addresses: here they are in the page.
    builder.onLoad({ filter: /@grafana\/ui\/dist\/esm\/components\/Icon\/utils\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const fetched = 'return `${iconRoot2}${subDir}/${name}.svg`';
      if (!text.includes(fetched)) {
        throw new Error(`${path} fetches its icons otherwise than before: look at it and correct build.mjs`);
      }
      const inlined = `return (${JSON.stringify(iconsIn(WANTED))})[subDir + '/' + name] ?? (console.error('no icon ' + name + ': name it in build.mjs'), '<svg xmlns="http://www.w3.org/2000/svg"/>')`;
      return { loader: 'js', contents: text.replace(fetched, inlined) };
    });
    builder.onLoad({ filter: /@grafana\/ui\/dist\/esm\/themes\/GlobalStyles\/fonts\.mjs$/ }, () => ({
      loader: 'js',
      resolveDir: here,
      contents: `
        import { css } from '@emotion/react';
        export const getFontStyles = () => css([
          { '@font-face': { fontFamily: 'Inter', fontStyle: 'normal', fontWeight: '100 900', src: ${JSON.stringify(font('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'))} } },
          { '@font-face': { fontFamily: 'Roboto Mono', fontStyle: 'normal', fontWeight: 400, src: ${JSON.stringify(font('@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2'))} } },
        ]);`,
    }));
    builder.onResolve({ filter: /^moment-timezone$/ }, () => ({ path: join(modules, 'moment-timezone/builds/moment-timezone-with-data-10-year-range.js') }));
    builder.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }));
    builder.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ loader: 'js', contents: stub }));
  },
};

const result = await build({
  absWorkingDir: here,
  entryPoints: ['src/main.tsx'],
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'iife',
  target: 'es2022',
  outdir: 'out',
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  loader: { '.svg': 'text', '.ttf': 'empty' },
  plugins: [outsideGrafana],
  logLevel: 'warning',
  jsx: 'automatic',
  legalComments: 'none',
});

/** The packages that the bundle is made of, each with its licence as it was published. */
function notice(inputs) {
  const packages = new Set(
    Object.keys(inputs)
      .filter((path) => path.includes('node_modules/'))
      .map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)[1]),
  );
  for (const fonts of ['@fontsource-variable/inter', '@fontsource/roboto-mono']) {
    packages.add(`node_modules/${fonts}`);
  }
  const described = [...packages].sort().map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(here, folder)).find((one) => /^(licen[cs]e|copying)(\.|$|-)/i.test(one));
    const text = file ? readFileSync(join(here, folder, file), 'utf8').trim() : `${license ?? "no licence is named"}, by ${author?.name ?? author ?? 'its authors'}`;
    return { key: `${name} ${version}: ${license ?? "licence below"}`, text };
  });
  // Each text once, with all that have it.
  const byText = new Map();
  for (const one of described) {
    const words = one.text.replace(/\s+/g, ' ');
    byText.set(words, [...(byText.get(words) ?? []), one]);
  }
  const sections = [...byText.values()].map((same) => `${[...new Set(same.map(({ key }) => key))].join('\n')}\n\n${same[0].text}`);
  return `viewer.js and viewer.css contain the following packages.\n\n${sections.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

const output = (ending) => result.outputFiles.find(({ path }) => path.endsWith(ending)).text;
const files = { 'viewer.js': output('.js'), 'viewer.css': output('.css'), NOTICE: notice(result.metafile.inputs) };
for (const [name, text] of Object.entries(files)) {
  writeFileSync(join(into, name), text);
  console.log(`${name}: ${Math.round(text.length / 1024)} KiB`);
}
