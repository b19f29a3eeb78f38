import { html, nothing, type TemplateResult } from 'lit';
import { duration, size } from './format.ts';
import { draw, type Icon } from './icons.ts';
import { openLightbox } from './lightbox.ts';
import type { Line, Media } from './model/lines.ts';
import { transfers, type Transfer } from './model/transfers.ts';
import { fill, t } from './strings/index.ts';

/** A picture, a player or a card, with what is under way for it. */
export function mediaView(line: Line, media: Media): TemplateResult {
  const transfer = transfers.of(line);
  if (media.kind === 'image') return picture(line, media, transfer);
  if (media.kind === 'video') return video(line, media, transfer);
  if (media.kind === 'audio' && transfer.url) return html`<div class="audio"><audio controls preload="metadata" src=${transfer.url} aria-label=${media.name}></audio>${note(transfer)}</div>`;
  return card(line, media, transfer);
}

/** The box has its final size before the picture is there: nothing jumps. */
function box(media: Media): string {
  const { width = 320, height = 240 } = media;
  const scale = Math.min(1, 360 / width, 400 / height);
  const w = Math.max(140, Math.round(width * scale));
  return `width:${w}px;aspect-ratio:${w}/${Math.max(100, Math.round(height * scale))}`;
}

function picture(line: Line, media: Media, transfer: Transfer): TemplateResult {
  if (transfer.state === 'idle' && !transfer.url) transfers.show(line);
  const ready = transfer.url && (transfer.state === 'done' || transfer.state === 'idle');
  return html`<button class="picture" style=${box(media)} aria-label=${fill(t.openPicture, { name: media.caption || media.name })}
    @click=${() => (ready ? openLightbox(line) : undefined)} aria-disabled=${ready ? 'false' : 'true'}>
    ${media.thumb && !transfer.url ? html`<img class="blurred" src=${media.thumb} alt="" />` : nothing}
    ${transfer.url ? html`<img src=${transfer.url} alt="" decoding="async" />` : nothing}
  </button>${ring(line, media, transfer)}`;
}

function video(line: Line, media: Media, transfer: Transfer): TemplateResult {
  if (transfer.url && (transfer.state === 'done' || transfer.state === 'idle'))
    return html`<video class="video" style=${box(media)} controls playsinline preload="metadata" src=${transfer.url} aria-label=${media.name}></video>`;
  return html`<div class="picture" style=${box(media)}>
    ${media.thumb ? html`<img class="blurred" src=${media.thumb} alt="" />` : nothing}
    ${media.duration ? html`<span class="length">${duration(media.duration)}</span>` : nothing}
  </div>${ring(line, media, transfer)}`;
}

function card(line: Line, media: Media, transfer: Transfer): TemplateResult {
  const { state } = transfer;
  const extension = /\.([a-z0-9]{1,5})$/i.exec(media.name)?.[1] ?? '';
  const press = button(line, media, transfer);
  return html`<div class="file">
    <button class="file-button" aria-label=${press.label} title=${press.label} @click=${press.run}>
      ${state === 'running' ? circle(transfer) : nothing}
      ${press.icon === 'file' && extension ? html`<span class="extension">${extension}</span>` : draw(press.icon, 20)}
    </button>
    <span class="grow"><strong class="file-name" title=${media.name}>${media.name}</strong>
      <span class="file-size">${state === 'running' ? `${size(media.size * transfer.progress)} / ` : ''}${size(media.size)}${note(transfer)}${giveUp(line, transfer)}</span></span>
  </div>`;
}

/** The round button over a picture while it is on its way. */
function ring(line: Line, media: Media, transfer: Transfer): TemplateResult | typeof nothing {
  if (transfer.state === 'done' || (transfer.url && transfer.state === 'idle')) return nothing;
  const press = button(line, media, transfer);
  const percent = transfer.state === 'running' ? `${Math.round(transfer.progress * 100)} %` : transfer.state === 'paused' ? t.paused : '';
  return html`<button class="ring" aria-label=${press.label} title=${press.label} @click=${press.run}>${circle(transfer)}${draw(press.icon, 22)}</button>
    <span class="badge ${transfer.problem ? 'bad' : ''}">${transfer.problem || percent || size(media.size)}${giveUp(line, transfer)}</span>`;
}

/** An upload that is not finished can be given up. */
function giveUp(line: Line, { direction, state }: Transfer): TemplateResult | typeof nothing {
  if (direction === 'down' || state === 'done') return nothing;
  return html`<button class="give-up" @click=${() => transfers.cancel(line)}>${t.cancel}</button>`;
}

function button(line: Line, media: Media, { state, direction, url }: Transfer): { icon: Icon; label: string; run(): void } {
  const { name } = media;
  const up = direction === 'up';
  if (state === 'running') return { icon: up ? 'pause' : 'close', label: fill(up ? t.pauseUpload : t.stopDownload, { name }), run: () => transfers.pause(line) };
  if (state === 'paused' || state === 'failed') return { icon: 'refresh', label: fill(up ? t.resumeUpload : t.resumeDownload, { name }), run: () => transfers.resume(line) };
  if (media.kind === 'file' || url) return { icon: media.kind === 'file' ? 'file' : 'download', label: fill(t.saveFile, { name }), run: () => void transfers.save(line) };
  return { icon: media.kind === 'image' ? 'download' : 'play', label: fill(t.loadFile, { name }), run: () => transfers.load(line) };
}

function circle({ progress, state }: Transfer): TemplateResult {
  const around = 2 * Math.PI * 20;
  return html`<svg class="circle ${state}" viewBox="0 0 44 44" aria-hidden="true">
    <circle cx="22" cy="22" r="20" stroke-dasharray=${around} stroke-dashoffset=${around * (1 - Math.max(0.04, progress))}></circle></svg>`;
}

function note({ problem, state }: Transfer): TemplateResult | typeof nothing {
  if (problem) return html` · <span class="bad">${problem}</span>`;
  return state === 'paused' ? html` · ${t.paused}` : nothing;
}
