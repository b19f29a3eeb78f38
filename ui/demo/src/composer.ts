import { html, nothing, type TemplateResult } from 'lit';
import { size } from './format.ts';
import { draw } from './icons.ts';
import { kindOf } from './model/lines.ts';
import { chats } from './model/chats.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { talk } from './model/talk.ts';
import { settings } from './settings.ts';
import { fill, t } from './strings/index.ts';
import { complain } from './toast.ts';
import { View } from './view.ts';

interface Chosen {
  file: File;
  /** A preview of a picture; given back when the choice is. */
  url?: string;
}

/** As many files as go into one sending. */
const most = 10;

/** Where a message is written and files are chosen. */
class Composer extends View {
  static override properties = { chosen: { state: true } };
  declare chosen: Chosen[];
  #chat = '';
  #focus = false;

  constructor() {
    super();
    this.chosen = [];
    this.addEventListener('files', (event) => this.#add((event as CustomEvent<File[]>).detail));
  }

  protected override watches(): Store[] {
    return [session, talk];
  }

  protected override willUpdate(): void {
    if (this.#chat === talk.id) return;
    this.#clear();
    this.#chat = talk.id;
    // Where a keyboard would come up over the chat, the user asks for it.
    this.#focus = matchMedia('(hover: hover)').matches;
  }

  protected override updated(): void {
    const area = this.$<HTMLTextAreaElement>('textarea')!;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
    if (this.#focus) area.focus({ preventScroll: true });
    this.#focus = false;
  }

  protected override render(): TemplateResult {
    const draft = chats.get(talk.id)?.draft ?? '';
    const files = session.can('isAttachmentEnabled');
    return html`${this.chosen.length > 0 ? this.#tray() : nothing}
      <form class="composer" @submit=${this.#send}>
        <div class="field">
          ${files ? html`<input type="file" multiple hidden @change=${this.#onFiles} />
            <button type="button" class="icon-button" aria-label=${t.attach} title=${t.attach} @click=${() => this.$<HTMLInputElement>('input[type=file]')?.click()}>${draw('clip', 22)}</button>` : nothing}
          <textarea rows="1" placeholder=${this.chosen.length > 0 ? t.caption : t.write} aria-label=${this.chosen.length > 0 ? t.caption : t.write} maxlength="10000" enterkeyhint="send"
            .value=${draft} @input=${this.#onDraft} @keydown=${this.#onKey} @paste=${this.#onPaste} @blur=${() => talk.pause()}></textarea>
          ${files ? this.#padlock() : nothing}
        </div>
        <button class="go" aria-label=${t.send} title=${t.send} ?disabled=${!draft.trim() && this.chosen.length === 0}>${draw('send', 22)}</button>
      </form>`;
  }

  #padlock(): TemplateResult {
    const on = settings.encrypt;
    return html`<button type="button" class="icon-button lock ${on ? 'on' : ''}" role="switch" aria-checked=${on} aria-label=${t.encryptFiles} title=${on ? t.encryptOn : t.encryptOff}
      @click=${() => settings.set({ encrypt: !on })}>${draw(on ? 'lock' : 'unlock', 18)}</button>`;
  }

  #tray(): TemplateResult {
    const total = this.chosen.reduce((n, c) => n + c.file.size, 0);
    return html`<section class="tray" aria-label=${t.chosenFiles}>
      <ul>${this.chosen.map((c) => html`<li class="chip" title="${c.file.name}, ${size(c.file.size)}">
        ${c.url ? html`<img src=${c.url} alt="" />` : html`<span class="chip-icon">${draw('file', 22)}</span>`}
        <span class="chip-name">${c.file.name}</span>
        <button type="button" class="chip-drop" aria-label=${fill(t.dropFile, { name: c.file.name })} @click=${() => this.#drop(c)}>${draw('close', 14)}</button>
      </li>`)}</ul>
      <p class="tray-note">${draw(settings.encrypt ? 'lock' : 'unlock', 14)}<span>${settings.encrypt ? t.encryptOn : t.encryptOff}</span><span class="sb-numbers">${size(total)}</span></p>
    </section>`;
  }

  #add(files: File[]): void {
    const flags = { image: 'isImageAttachmentEnabled', video: 'isVideoAttachmentEnabled', audio: 'isAudioAttachmentEnabled', file: 'isDocumentAttachmentEnabled' };
    for (const file of files) {
      const kind = kindOf(file.type);
      if (!session.can('isAttachmentEnabled') || !session.can(flags[kind])) complain(fill(t.kindOff, { name: file.name }));
      else if (file.size === 0) complain(fill(t.emptyFile, { name: file.name }));
      else if (this.chosen.length >= most) complain(fill(t.tooMany, { n: most }));
      else this.chosen = [...this.chosen, { file, ...(kind === 'image' && { url: URL.createObjectURL(file) }) }];
    }
    this.$<HTMLTextAreaElement>('textarea')?.focus();
  }

  #drop(gone: Chosen): void {
    if (gone.url) URL.revokeObjectURL(gone.url);
    this.chosen = this.chosen.filter((c) => c !== gone);
    this.$<HTMLTextAreaElement>('textarea')?.focus();
  }

  #clear(): void {
    for (const { url } of this.chosen) if (url) URL.revokeObjectURL(url);
    this.chosen = [];
  }

  #onFiles = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.#add([...(input.files ?? [])]);
    input.value = '';
  };

  #onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || !session.can('isAttachmentEnabled')) return;
    event.preventDefault();
    this.#add(files);
  };

  #onDraft = (event: InputEvent): void => {
    talk.draft((event.target as HTMLTextAreaElement).value);
    this.requestUpdate();
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.chosen.length > 0) {
      event.stopPropagation();
      this.#clear();
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    (event.target as HTMLTextAreaElement).form?.requestSubmit();
  };

  #send = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = (chats.get(talk.id)?.draft ?? '').trim();
    const files = this.chosen.map((c) => c.file);
    talk.draft('');
    if (files.length > 0) talk.sendFiles(files, text);
    else if (text) talk.send(text);
    this.#clear();
    this.requestUpdate();
    this.$<HTMLTextAreaElement>('textarea')?.focus();
  };
}

customElements.define('demo-composer', Composer);
