import { html, nothing, render } from 'lit';
import { draw, type Icon } from './icons.ts';

export interface MenuItem {
  icon: Icon;
  text: string;
  danger?: boolean;
  run(): void;
}

/** Opens a menu at a button (or at a point) and runs what is chosen (WAI-ARIA menu button pattern). */
export function openMenu(anchor: HTMLElement, items: MenuItem[], point?: { x: number; y: number }): void {
  document.querySelector<HTMLElement>('.menu')?.hidePopover();
  const menu = document.createElement('div');
  Object.assign(menu, { className: 'menu', popover: 'auto', role: 'menu' });
  const close = () => menu.hidePopover();
  render(
    items.map(
      (item) => html`<button type="button" role="menuitem" tabindex="-1" class=${item.danger ? 'danger' : nothing}
        @click=${() => {
          close();
          item.run();
        }}>${draw(item.icon, 18)}<span>${item.text}</span></button>`,
    ),
    menu,
  );
  menu.addEventListener('keydown', (event) => onKey(event, menu));
  menu.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState !== 'closed') return;
    const inside = menu.contains(document.activeElement);
    anchor.removeAttribute('aria-expanded');
    menu.remove();
    if (inside || document.activeElement === document.body) anchor.focus({ preventScroll: true });
  });
  // Inside a modal dialog everything outside is inert: the menu goes where its button is.
  (anchor.closest('dialog') ?? document.body).append(menu);
  menu.showPopover();
  place(menu, anchor, point);
  anchor.setAttribute('aria-expanded', 'true');
  menu.querySelector('button')?.focus();
}

function place(menu: HTMLElement, anchor: HTMLElement, point?: { x: number; y: number }): void {
  const from = anchor.getBoundingClientRect();
  const { offsetWidth: w, offsetHeight: h } = menu;
  const x = point?.x ?? (from.right - w > 8 ? from.right - w : from.left);
  const below = point?.y ?? from.bottom + 4;
  const y = below + h > innerHeight - 8 ? (point?.y ?? from.top - 4) - h : below;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - w - 8))}px`;
  menu.style.top = `${Math.max(8, y)}px`;
}

function onKey(event: KeyboardEvent, menu: HTMLElement): void {
  const items = [...menu.querySelectorAll('button')];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === 'Tab') menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  items.at(to % items.length)?.focus();
}
