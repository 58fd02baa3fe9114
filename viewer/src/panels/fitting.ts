// Texts that are drawn, for which nothing makes room.
import { measureText } from '@grafana/ui';

export const FONT_SIZE = 12;

/** As much of a text as there is room for, in pixels. */
export function fitting(text: string, room: number): string {
  let shown = text;
  while (shown.length > 1 && measureText(shown, FONT_SIZE).width > room) {
    shown = `${shown.slice(0, -2)}…`;
  }
  return shown;
}
