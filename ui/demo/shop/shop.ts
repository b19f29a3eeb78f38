// The shop's own script. It knows nothing of the chat but the documented openChat().
interface Good {
  name: string;
  what: string;
  price: number;
  kind: 'Drink' | 'Serve' | 'Keep';
  tone: string;
  picture: string;
}

const goods: Good[] = [
  { name: 'Heron mug', what: 'Stoneware, 320 ml', price: 24, kind: 'Drink', tone: 'sage', picture: '<path class="a" d="M34 38h52v38c0 14-10 22-26 22S34 90 34 76Z"/><path class="l" d="M86 50c18-4 18 28-1 27"/><ellipse class="b" cx="60" cy="38" rx="26" ry="5"/>' },
  { name: 'Slow teapot', what: 'Stoneware, 900 ml', price: 68, kind: 'Drink', tone: 'clay', picture: '<path class="a" d="M30 56h58c0 28-12 42-29 42S30 84 30 56Z"/><path class="l" d="M88 62c18-7 20 22-3 22M33 70C20 68 20 56 16 52"/><ellipse class="b" cx="59" cy="56" rx="29" ry="5"/><path class="a" d="M46 53c0-12 26-12 26 0Z"/><circle class="a" cx="59" cy="41" r="4"/>' },
  { name: 'Pair of cups', what: 'No handle, 180 ml', price: 32, kind: 'Drink', tone: 'sand', picture: '<path class="a" d="M20 56h36l-4 34c-1 8-27 8-28 0Z"/><ellipse class="b" cx="38" cy="56" rx="18" ry="4"/><path class="c" d="M64 46h38l-4 44c-1 8-29 8-30 0Z"/><ellipse class="b" cx="83" cy="46" rx="19" ry="4"/>' },
  { name: 'Breakfast bowl', what: 'Stoneware, Ø 15 cm', price: 28, kind: 'Serve', tone: 'slate', picture: '<path class="a" d="M18 54h84c0 26-18 40-42 40S18 80 18 54Z"/><path class="c" d="M46 92h28v6H46Z"/><ellipse class="b" cx="60" cy="54" rx="42" ry="8"/>' },
  { name: 'Ash board', what: 'Oiled ash, 40 × 22 cm', price: 46, kind: 'Serve', tone: 'wood', picture: '<rect class="a" x="22" y="34" width="60" height="56" rx="8"/><rect class="a" x="78" y="54" width="26" height="15" rx="7"/><circle class="h" cx="97" cy="61.500" r="3"/><path class="g" d="M30 46c14 6 30-4 46 2M30 62c16 6 28-4 46 2M30 78c14 4 30-4 46 1"/>' },
  { name: 'Long plate', what: 'Stoneware, 32 cm', price: 38, kind: 'Serve', tone: 'sage', picture: '<ellipse class="a" cx="60" cy="66" rx="48" ry="20"/><ellipse class="b" cx="60" cy="63" rx="36" ry="13"/>' },
  { name: 'Salt pig', what: 'With beech spoon', price: 34, kind: 'Keep', tone: 'clay', picture: '<path class="a" d="M30 96c-8-30 4-58 30-58s38 28 30 58Z"/><ellipse class="h" cx="60" cy="66" rx="18" ry="16"/><path class="l" d="M66 62 96 34"/>' },
  { name: 'Larder jar', what: 'Cork lid, 1.2 l', price: 42, kind: 'Keep', tone: 'sand', picture: '<rect class="a" x="34" y="44" width="52" height="54" rx="10"/><rect class="c" x="38" y="32" width="44" height="13" rx="4"/><rect class="b" x="44" y="62" width="32" height="18" rx="3"/>' },
];

const kinds = ['All', 'Drink', 'Serve', 'Keep'] as const;
let shown: (typeof kinds)[number] = 'All';
let count = 0;

const grid = document.querySelector<HTMLElement>('.grid')!;
const filters = document.querySelector<HTMLElement>('.filters')!;
const basket = document.querySelector<HTMLElement>('.basket b')!;

function draw(): void {
  filters.replaceChildren(
    ...kinds.map((kind) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = kind;
      button.setAttribute('aria-pressed', String(kind === shown));
      button.addEventListener('click', () => {
        shown = kind;
        draw();
      });
      return button;
    }),
  );
  grid.replaceChildren(...goods.filter((g) => shown === 'All' || g.kind === shown).map(card));
}

function card(good: Good): HTMLElement {
  const item = document.createElement('li');
  item.className = 'good';
  item.innerHTML = `<div class="tile ${good.tone}"><svg viewBox="0 0 120 120" aria-hidden="true">${good.picture}</svg></div>
    <div class="about"><h3>${good.name}</h3><p>${good.what}</p></div>
    <div class="buy"><span>${good.price} €</span><button type="button" aria-label="Add ${good.name} to the basket">Add</button></div>`;
  item.querySelector('button')!.addEventListener('click', (event) => {
    basket.textContent = String(++count);
    const button = event.currentTarget as HTMLButtonElement;
    button.textContent = 'Added';
    setTimeout(() => (button.textContent = 'Add'), 1200);
  });
  return item;
}

draw();
for (const button of document.querySelectorAll('[data-chat]')) {
  button.addEventListener('click', () => (window as unknown as { $owidget?: { openChat(): void } }).$owidget?.openChat());
}
export {};
