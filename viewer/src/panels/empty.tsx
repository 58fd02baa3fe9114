import { useTheme2 } from '@grafana/ui';

/** In the place of what cannot be drawn. */
export function Empty({ height, text }: { height: number; text: string }) {
  const theme = useTheme2();
  return (
    <div
      data-testid="empty"
      style={{ height, display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center', color: theme.colors.text.secondary, padding: 8, overflow: 'auto' }}
    >
      {text}
    </div>
  );
}
