import { html, nothing, type TemplateResult } from 'lit';
import type { Device } from '@switchboard/sdk';
import { confirm } from './dialog.ts';
import { exact, when } from './format.ts';
import { draw, type Icon } from './icons.ts';
import { explain, session } from './model/session.ts';
import { pageHead } from './pages.ts';
import { fill, t } from './strings/index.ts';
import { complain, say } from './toast.ts';
import { View } from './view.ts';

const icons: Record<string, Icon> = { web: 'globe', android: 'phone', ios: 'phone', desktop: 'laptop' };

/** Where this account is signed in. */
class DevicesPage extends View {
  static override properties = { devices: { state: true }, problem: { state: true } };
  declare devices?: Device[];
  declare problem: string;
  #off?: () => void;

  constructor() {
    super();
    this.problem = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#off = session.board.on('device', () => void this.#load());
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#off?.();
  }

  protected override render(): TemplateResult {
    return html`${pageHead(t.devices)}
      <div class="page-body">
        <a class="sb-button plain wide" href="#approve">${draw('qr', 18)}${t.linkDevice}</a>
        ${this.problem ? html`<div class="nobody" role="alert"><p>${this.problem}</p><button class="sb-button plain" @click=${() => this.#load()}>${t.retry}</button></div>` : nothing}
        ${this.devices ? html`<ul class="plain-list">${this.devices.map((d) => this.#device(d))}</ul>` : this.problem ? nothing : skeleton()}
        ${this.devices && this.devices.filter((d) => !d.current).length === 0 ? html`<p class="soft">${t.onlyDevice}</p>` : nothing}
      </div>`;
  }

  #device(device: Device): TemplateResult {
    const used = new Date(device.lastUsed || device.created);
    return html`<li class="device">
      <span class="mark quiet small">${draw(icons[device.type.toLowerCase()] ?? 'laptop', 20)}</span>
      <span class="grow"><strong>${device.name || device.type}</strong>
        <small>${device.current ? html`<span class="tag good">${t.thisDevice}</span>` : Number.isNaN(+used) ? nothing : html`<time title=${exact(used)}>${fill(t.lastUsed, { time: when(used) })}</time>`}</small></span>
      ${device.current ? nothing : html`<button class="sb-button plain small" aria-label=${fill(t.signOutDevice, { name: device.name || device.type })} @click=${() => this.#end(device)}>${t.endDevice}</button>`}
    </li>`;
  }

  async #load(): Promise<void> {
    try {
      this.devices = (await session.board.devices()).sort((a, b) => Number(b.current) - Number(a.current) || b.lastUsed.localeCompare(a.lastUsed));
      this.problem = '';
    } catch (error) {
      this.problem = explain(error);
    }
  }

  async #end(device: Device): Promise<void> {
    if (!(await confirm({ heading: fill(t.signOutDevice, { name: device.name || device.type }), body: t.signOutDeviceBody, yes: t.endDevice, danger: true }))) return;
    const before = this.devices;
    this.devices = this.devices?.filter((d) => d.id !== device.id);
    try {
      await session.board.removeDevice(device.id);
      say(t.deviceEnded);
    } catch (error) {
      this.devices = before;
      complain(explain(error));
    }
  }
}

export function skeleton(rows = 3): TemplateResult {
  return html`<ul class="plain-list" aria-busy="true" aria-label=${t.loading}>${Array.from({ length: rows }, () => html`<li class="device bones"><span class="bone round small"></span><span class="grow"><span class="bone" style="width:55%"></span><span class="bone" style="width:35%"></span></span></li>`)}</ul>`;
}

customElements.define('demo-devices', DevicesPage);
