import { Switchboard, SwitchboardError, type ConnectionStatus, type Credentials, type EndReason, type Features } from '@switchboard/sdk';
import { t } from '../strings/index.ts';
import { Store } from './store.ts';

const key = 'switchboard-demo-device';

/** Why somebody who was signed in sees the log-in screen. */
export type Ended = EndReason | 'self-deleted' | 'expired';

/**
 * Who is signed in, and the connection. One Switchboard serves one person; a
 * new log-in makes a new one, and what else keeps data starts over with it.
 */
class Session extends Store {
  phase: 'out' | 'entering' | 'in' = 'out';
  connection: ConnectionStatus = 'DISCONNECTED';
  id = '';
  trial = false;
  features: Partial<Features> = {};
  ended?: Ended;
  problem = '';
  board!: Switchboard;
  #starters: ((board: Switchboard) => void)[] = [];

  /** What to do with each new Switchboard, before it connects. */
  onStart(starter: (board: Switchboard) => void): void {
    this.#starters.push(starter);
  }

  can(feature: keyof Features): boolean {
    return this.features[feature] !== false;
  }

  /** In trial mode a name is enough. */
  signIn(name: string): Promise<void> {
    return this.#enter(async (board) => {
      const { username, password, trial } = await board.register(name);
      this.trial = trial;
      keep({ username, password }, trial);
      await board.connect();
    });
  }

  /** With the credential of a device: from a QR code, or kept from before a reload. */
  enter(credentials: Credentials): Promise<void> {
    return this.#enter(async (board) => {
      await board.connect(credentials);
      keep(credentials, this.trial);
    });
  }

  /** A tab that was signed in before a reload is signed in again. */
  async restore(): Promise<void> {
    const kept = recall();
    if (!kept || this.phase !== 'out') return;
    this.trial = kept.trial;
    await this.enter(kept);
    // Without a server nothing is lost: it goes on as soon as there is one.
    if (recall()) setTimeout(() => void this.restore(), 3000);
  }

  async signOut(): Promise<void> {
    await this.board.logout();
    this.#leave();
  }

  async deleteAccount(reason: string, feedback?: string): Promise<void> {
    await this.board.deleteAccount(reason, feedback);
    this.#leave('self-deleted');
  }

  reconnect(): void {
    if (this.connection === 'DISCONNECTED') this.board.connect().catch((error) => this.#refused(error));
    else this.board.client.retryNow();
  }

  async #enter(connect: (board: Switchboard) => Promise<void>): Promise<void> {
    this.phase = 'entering';
    this.problem = '';
    this.changed();
    const board = this.#open();
    try {
      await connect(board);
      this.#arrive(board);
      this.features = await board.features().catch(() => ({}));
    } catch (error) {
      this.#refused(error);
    }
    this.changed();
  }

  #arrive(board: Switchboard): void {
    this.id = board.userId;
    this.phase = 'in';
    this.ended = undefined;
  }

  #open(): Switchboard {
    const board = newBoard();
    this.board = board;
    board.on('connection', ({ status, code }) => {
      if (board !== this.board) return;
      this.connection = status;
      // What happened to this device while it was away is not told in so many words.
      if (status === 'AUTHENTICATIONFAILED' && this.phase === 'in') return this.#leave(code === 'account-disabled' ? 'account-blocked' : 'expired');
      // Signed in, and no socket yet: what there is to see and to write does not wait for it.
      if (status === 'RECONNECTING' && this.phase === 'entering') this.#arrive(board);
      this.changed();
    });
    board.on('features', (features) => {
      this.features = { ...this.features, ...features };
      this.changed();
    });
    board.on('ended', ({ code }) => {
      // Another tab with the same credential took the stream: this one may take it back.
      if (code !== 'conflict' && board === this.board) this.#leave(code);
    });
    for (const start of this.#starters) start(board);
    return board;
  }

  #refused(error: unknown): void {
    const { status = 0, code } = error as SwitchboardError;
    if (this.phase === 'out' || (code === 'cancelled' && this.phase === 'in')) return;
    this.problem = explain(error);
    if (status !== 0 && status < 500 && recall()) return this.#leave(status === 403 ? 'account-blocked' : 'expired');
    this.phase = 'out';
    this.changed();
  }

  #leave(why?: Ended): void {
    forget();
    this.phase = 'out';
    this.ended = why;
    this.problem = '';
    this.id = '';
    this.changed();
  }
}

/** The demo talks to the server that it comes from: in trial mode, or in the application of `?licenseKey=`. */
export function newBoard(): Switchboard {
  const licenseKey = new URLSearchParams(location.search).get('licenseKey') ?? 'trial';
  return new Switchboard({ apiBaseUrl: location.origin, licenseKey, trial: licenseKey === 'trial' });
}

/** An error in the reader's words, where we know it better than the server. */
export function explain(error: unknown): string {
  const { status, code, message } = error as Partial<SwitchboardError>;
  if (code && code in t.errors) return t.errors[code]!;
  if (status === 0 || error instanceof TypeError) return t.noNetwork;
  if (status === 429) return t.tooOften;
  if (status !== undefined && status >= 500) return t.serverTrouble;
  return message || t.serverTrouble;
}

// Each tab is a device of its own, so that two tabs can be two people.
function keep(credentials: Credentials, trial: boolean): void {
  const { username, password } = credentials;
  sessionStorage.setItem(key, JSON.stringify({ username, password, trial }));
}

function recall(): (Credentials & { trial: boolean }) | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(key) ?? 'null') as (Credentials & { trial: boolean }) | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function forget(): void {
  sessionStorage.removeItem(key);
}

export const session = new Session();

// A page that is closed says so: otherwise the server keeps its place, and others see it online, for a while.
addEventListener('pagehide', () => void session.board?.disconnect());
// One that the browser has kept for its Back button goes on.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  if (session.phase === 'in') session.reconnect();
  else void session.restore();
});
