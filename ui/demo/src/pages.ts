import { html, nothing, type TemplateResult } from 'lit';
import { avatar } from './avatar.ts';
import { openFeedback } from './feedback.ts';
import { draw, type Icon } from './icons.ts';
import { openLeave } from './leave.ts';
import { people } from './model/people.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { confirm } from './dialog.ts';
import { settings, type Theme } from './settings.ts';
import { languages, t, type Language } from './strings/index.ts';
import { View } from './view.ts';

/** The head of a page in the left column, with the way back. */
export function pageHead(title: string, back = '#menu'): TemplateResult {
  return html`<header class="page-head"><a class="icon-button" href=${back} aria-label=${t.back}>${draw('chevronLeft', 24)}</a><h2 tabindex="-1">${title}</h2></header>`;
}

/** Everything that is not a chat starts here. */
class MenuPage extends View {
  protected override watches(): Store[] {
    return [people, session];
  }

  protected override render(): TemplateResult {
    const me = people.me;
    return html`${pageHead(t.account, '#')}
      <div class="page-body">
        <div class="portrait">${avatar(me, 96)}<h3>${me.name}</h3><p>${me.status || `@${me.id}`}</p>
          ${session.trial ? html`<p class="tag" title=${t.trial}>${t.trialShort}</p>` : nothing}</div>
        <nav class="deeds" aria-label=${t.account}>
          ${link('edit', t.editProfile, '#profile')}
          ${link('device', t.devices, '#devices')}
          ${link('qr', t.linkDevice, '#approve')}
          ${session.can('isBlockEnabled') ? link('ban', t.blockedPeople, '#blocked') : nothing}
          ${link('settings', t.settings, '#settings')}
          ${deed('mail', t.feedback, () => openFeedback())}
        </nav>
        <div class="deeds">
          ${deed('logout', t.signOut, () => void signOut())}
          ${deed('trash', t.deleteAccount, () => openLeave(), true)}
        </div>
      </div>`;
  }
}

async function signOut(): Promise<void> {
  if (await confirm({ heading: t.signOutHeading, body: t.signOutBody, yes: t.signOut })) await session.signOut();
}

function link(icon: Icon, text: string, to: string): TemplateResult {
  return html`<a class="deed" href=${to}>${draw(icon)}<span class="grow">${text}</span>${draw('chevronRight', 16)}</a>`;
}

function deed(icon: Icon, text: string, run: () => void, danger = false): TemplateResult {
  return html`<button class="deed ${danger ? 'danger' : ''}" @click=${run}>${draw(icon)}<span class="grow">${text}</span></button>`;
}

/** How this browser looks and speaks. */
class SettingsPage extends View {
  protected override watches(): Store[] {
    return [session];
  }

  protected override render(): TemplateResult {
    const themes: [Theme, Icon, string][] = [['system', 'half', t.themeSystem], ['light', 'sun', t.themeLight], ['dark', 'moon', t.themeDark]];
    return html`${pageHead(t.settings)}
      <div class="page-body">
        <fieldset class="choices"><legend>${t.theme}</legend>
          <div class="segments">${themes.map(([value, icon, text]) => html`<label>
            <input type="radio" name="theme" .checked=${settings.theme === value} @change=${() => settings.set({ theme: value })} /><span>${draw(icon, 16)}${text}</span></label>`)}</div>
        </fieldset>
        <label class="labelled"><span>${t.language}</span>
          <select class="sb-input" @change=${(e: Event) => settings.set({ language: (e.target as HTMLSelectElement).value as Language | '' })}>
            <option value="" ?selected=${settings.language === ''}>${t.languageBrowser}</option>
            ${Object.entries(languages).map(([value, name]) => html`<option value=${value} lang=${value} ?selected=${settings.language === value}>${name}</option>`)}
          </select>
        </label>
        ${session.can('isAttachmentEnabled') ? html`<label class="switch">
          <span class="grow"><strong>${t.encryptFiles}</strong><small>${settings.encrypt ? t.encryptOn : t.encryptOff}</small></span>
          <input type="checkbox" role="switch" .checked=${settings.encrypt} @change=${(e: Event) => settings.set({ encrypt: (e.target as HTMLInputElement).checked })} /><i></i>
        </label>` : nothing}
        <h4 class="with-keys">${t.shortcuts}</h4>
        <dl class="shortcuts with-keys">
          ${[[['Ctrl', 'K'], t.keySearch], [['/'], t.keySearch], [['↑', '↓'], t.keyArrows], [['Enter'], t.keyEnter], [['Shift', 'Enter'], t.keyShiftEnter], [['Esc'], t.keyEscape]].map(
            ([keys, text]) => html`<div><dt>${(keys as string[]).map((k) => html`<kbd>${k}</kbd> `)}</dt><dd>${text}</dd></div>`,
          )}
        </dl>
      </div>`;
  }
}

customElements.define('demo-menu', MenuPage);
customElements.define('demo-settings', SettingsPage);
