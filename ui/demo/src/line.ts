import { html, nothing, type TemplateResult } from 'lit';
import { clock, exact } from './format.ts';
import { draw, type Icon } from './icons.ts';
import type { Line, Media } from './model/lines.ts';
import { onlyEmoji, linked } from './text.ts';
import { t } from './strings/index.ts';
import { mediaView } from './media.ts';

/** Lines of one author closer than this stand together. */
const together = 5 * 60_000;

/** How far an own message has come: a clock, one tick, two ticks, two coloured ticks. */
export function ticks(line: Line): TemplateResult | typeof nothing {
  if (!line.own || !line.state) return nothing;
  const icons: Record<string, Icon> = { queued: 'clock', sent: 'check', delivered: 'checks', displayed: 'checks', failed: 'alert' };
  return html`<span class="ticks ${line.state}" title=${t[line.state]}>${draw(icons[line.state]!, 15)}<span class="sb-hidden">${t[line.state]}</span></span>`;
}

/** What a file is called where its content cannot be shown. */
export function mediaName(media: Media): string {
  return { image: t.picture, video: t.video, audio: t.audio, file: media.name }[media.kind];
}

/** How a line stands among its neighbours: bubbles of one author follow closely. */
export function place(lines: Line[], at: number): string {
  const line = lines[at]!;
  const near = (other?: Line) => other && other.own === line.own && Math.abs(+other.time - +line.time) < together && other.time.toDateString() === line.time.toDateString();
  return `${near(lines[at - 1]) ? '' : 'first'} ${near(lines[at + 1]) ? '' : 'last'}`;
}

export interface LineActions {
  menu(line: Line, anchor: HTMLElement, point?: { x: number; y: number }): void;
  resend(line: Line): void;
}

/** One message. */
export function lineView(line: Line, where: string, actions: LineActions): TemplateResult {
  const { media } = line;
  const big = !media && onlyEmoji(line.text);
  const caption = media ? media.caption : line.text;
  const pictured = media?.kind === 'image' || media?.kind === 'video';
  return html`<div class="msg ${line.own ? 'own' : ''} ${where} ${line.state === 'failed' ? 'failed' : ''}" data-id=${line.id}
    @contextmenu=${(e: MouseEvent) => onContext(e, line, actions)} @click=${(e: PointerEvent) => e.pointerType === 'touch' && onContext(e, line, actions)}>
    <div class="bubble ${big ? 'big' : ''} ${pictured ? 'pictured' : ''} ${media && !caption ? 'bare' : ''}">
      <span class="sb-hidden">${line.own ? t.you : ''}</span>
      ${media ? mediaView(line, media) : nothing}
      ${caption ? html`<span class="text">${linked(caption)}<span class="gap ${media?.encrypted ? 'wider' : ''}" aria-hidden="true">${clock(line.time)}</span></span>` : nothing}
      <span class="meta">${media?.encrypted ? html`<span title=${t.encrypted}>${draw('lock', 12)}<span class="sb-hidden">${t.encrypted}</span></span>` : nothing}
        <time datetime=${line.time.toISOString()} title=${exact(line.time)}>${clock(line.time)}</time>${ticks(line)}</span>
    </div>
    <button class="line-menu icon-button small" aria-label=${t.messageMenu} aria-haspopup="menu"
      @click=${(e: MouseEvent) => actions.menu(line, e.currentTarget as HTMLElement)}>${draw('more', 16)}</button>
    ${line.state === 'failed' ? html`<p class="not-sent">${draw('alert', 14)}<span>${line.problem ?? t.notSent}</span>
      <button class="link" @click=${() => actions.resend(line)}>${t.retry}</button></p>` : nothing}
  </div>`;
}

function onContext(event: MouseEvent, line: Line, actions: LineActions): void {
  // Selected text, links and players keep the browser's own menu, and buttons do what they say.
  const own = event.type === 'click' ? 'a, video, audio, button' : 'a, video, audio';
  if (!getSelection()?.isCollapsed || (event.target as HTMLElement).closest(own)) return;
  event.preventDefault();
  const anchor = (event.currentTarget as HTMLElement).querySelector<HTMLElement>('.line-menu')!;
  actions.menu(line, anchor, { x: event.clientX, y: event.clientY });
}
