import { html, nothing, type TemplateResult } from 'lit';
import { avatar } from './avatar.ts';
import { crop } from './crop.ts';
import { draw } from './icons.ts';
import { openMenu } from './menu.ts';
import { people } from './model/people.ts';
import { explain } from './model/session.ts';
import type { Store } from './model/store.ts';
import { pageHead } from './pages.ts';
import { t } from './strings/index.ts';
import { complain, say } from './toast.ts';
import { View } from './view.ts';

/** The own profile, as others see it. */
class ProfilePage extends View {
  static override properties = { busy: { state: true }, problem: { state: true } };
  declare busy: boolean;
  declare problem: string;

  constructor() {
    super();
    this.busy = false;
    this.problem = '';
  }

  protected override watches(): Store[] {
    return [people];
  }

  protected override render(): TemplateResult {
    const { me } = people;
    return html`${pageHead(t.editProfile)}
      <div class="page-body">
        <div class="portrait">
          <button class="picture-button" aria-label=${t.changePicture} aria-haspopup=${me.image ? 'menu' : nothing} @click=${this.#picture}>${avatar(me, 112)}<span>${draw('camera', 18)}</span></button>
          <input type="file" accept="image/png,image/jpeg,image/webp,image/gif" hidden @change=${this.#onFile} />
        </div>
        <form class="stack" @submit=${this.#onSubmit}>
          <label class="labelled"><span>${t.displayName}</span><input class="sb-input" name="name" maxlength="100" required autocomplete="name" .value=${me.name === me.id ? '' : me.name} placeholder=${me.id} /></label>
          <label class="labelled"><span>${t.status}</span><input class="sb-input" name="status" maxlength="139" .value=${me.status} placeholder=${t.statusHint} /></label>
          <label class="labelled"><span>${t.mobile}</span><input class="sb-input" name="mobile" type="tel" autocomplete="tel" maxlength="32" .value=${me.mobile} /></label>
          <label class="labelled"><span>${t.email}</span><input class="sb-input" name="email" type="email" autocomplete="email" maxlength="254" .value=${me.email} /></label>
          <p class="soft">${t.profileSeen}</p>
          <p class="field-problem" role="alert">${this.problem}</p>
          <button class="sb-button wide" ?disabled=${this.busy}>${this.busy ? t.saving : t.save}</button>
        </form>
      </div>`;
  }

  #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const field = (name: string) => String(given.get(name)).trim();
    this.busy = true;
    this.problem = '';
    try {
      await people.saveMe({ name: field('name'), status: field('status'), mobile: field('mobile'), email: field('email') });
      say(t.saved);
    } catch (error) {
      this.problem = explain(error);
    }
    this.busy = false;
  };

  #picture = (event: MouseEvent): void => {
    const choose = () => this.$<HTMLInputElement>('input[type=file]')!.click();
    if (!people.me.image) return choose();
    openMenu(event.currentTarget as HTMLElement, [
      { icon: 'image', text: t.choosePicture, run: choose },
      { icon: 'trash', text: t.removePicture, danger: true, run: () => void this.#save(null) },
    ]);
  };

  #onFile = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    input.value = '';
    if (!file) return;
    try {
      const square = await crop(file);
      if (square) await this.#save(square);
    } catch {
      complain(t.notPicture);
    }
  };

  async #save(image: File | null): Promise<void> {
    this.busy = true;
    try {
      await people.saveMe({ image });
      say(image ? t.pictureSaved : t.pictureRemoved);
    } catch (error) {
      complain(explain(error));
    }
    this.busy = false;
  }
}

customElements.define('demo-profile', ProfilePage);
