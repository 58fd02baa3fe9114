import { renderMarkdown, textUtil } from '@grafana/data';
import type { Draw } from './draw';

export function TextPanel({ options, interpolate }: Draw) {
  const text = interpolate(options.content ?? '');
  const html =
    options.mode === 'html'
      ? textUtil.sanitizeTextPanelContent(text)
      : options.mode === 'code'
        ? `<pre>${textUtil.escapeHtml(text)}</pre>`
        : renderMarkdown(text);
  return <div className="markdown-html" style={{ overflow: 'auto', height: '100%' }} dangerouslySetInnerHTML={{ __html: html }} />;
}
