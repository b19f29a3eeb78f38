import { asError, cancelled, invalid, SwitchboardError } from './error.ts';
import type { Credentials, DeviceAsk, QrLogin, QrOptions } from './model.ts';
import type { People } from './people.ts';
import type { Platform } from './platform.ts';

/** RFC 8628 §3.2 and our additions to §3.5. */
interface Grant {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete?: string;
  expires_in: number;
  interval?: number;
}
interface TokenAnswer {
  username?: string;
  password?: string;
  jid?: string;
  error?: string;
  error_description?: string;
}

/** Signing in by a code: this page shows one, or this device approves one that it has scanned. */
export class Qr {
  #platform: Platform;
  #people: People;
  #license: string;
  #fetch: typeof fetch;

  constructor(platform: Platform, people: People, license: string, request: typeof fetch) {
    this.#platform = platform;
    this.#people = people;
    this.#license = license;
    this.#fetch = request;
  }

  /** Asks for a code and shows it until somebody has answered; a code that expires is replaced. */
  start(options: QrOptions = {}): QrLogin {
    const controller = new AbortController();
    const stop = () => controller.abort();
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    let shown!: () => void;
    let failed!: (error: unknown) => void;
    const drawn = new Promise<void>((resolve, reject) => {
      shown = resolve;
      failed = reject;
    });
    const credentials = this.#login(options, controller.signal, shown).catch((error: unknown) => {
      const known = controller.signal.aborted ? cancelled() : asError(error);
      failed(known);
      throw known;
    });
    for (const promise of [drawn, credentials]) promise.catch(() => {});
    return { credentials, drawn, cancel: stop };
  }

  /** Who asks to be signed in by this code; of it, or of the text that was scanned. For the person to see before approving. */
  request(code: string): Promise<DeviceAsk> {
    return this.#people.deviceRequest(userCode(code));
  }

  /** Lets the page that shows the code sign in as us. */
  approve(code: string): Promise<void> {
    return this.#people.answerDevice(userCode(code), true);
  }

  /** Refuses it. */
  refuse(code: string): Promise<void> {
    return this.#people.answerDevice(userCode(code), false);
  }

  async #login(options: QrOptions, signal: AbortSignal, shown: () => void): Promise<Credentials & { jid: string }> {
    const base = origin(options.server ?? this.#platform.baseUrl);
    for (;;) {
      const grant = await this.#ask(base, signal);
      const text = grant.verification_uri_complete ?? `${grant.verification_uri}?user_code=${encodeURIComponent(grant.user_code)}`;
      if (options.element) {
        const { drawCode } = await import('./qrdraw.ts');
        await drawCode(options.element, text, options.logo ?? null, options.size);
      }
      if (signal.aborted) throw cancelled();
      options.onCode?.({ text, userCode: grant.user_code, expires: new Date(Date.now() + grant.expires_in * 1000) });
      shown();
      const found = await this.#poll(base, grant, signal);
      if (found) return found;
    }
  }

  async #ask(base: string, signal: AbortSignal): Promise<Grant> {
    const { response, answer } = await this.#post<Grant & TokenAnswer>(`${base}/login/connect/device_authorization`, { scope: 'chat', licenseKey: this.#license }, signal);
    if (!response.ok || !answer.device_code) throw refused(response, answer);
    return answer;
  }

  /** RFC 8628 §3.5; undefined when the code has expired. */
  async #poll(base: string, grant: Grant, signal: AbortSignal): Promise<(Credentials & { jid: string }) | undefined> {
    let pause = (grant.interval ?? 5) * 1000;
    const end = Date.now() + grant.expires_in * 1000;
    while (Date.now() < end) {
      await wait(pause, signal);
      const asked = await this.#post<TokenAnswer>(
        `${base}/login/connect/token`,
        { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: grant.device_code },
        signal,
      ).catch((error: unknown) => {
        if (signal.aborted) throw error;
        return undefined; // No network: the code waits.
      });
      if (!asked) continue;
      const { response, answer } = asked;
      if (response.ok && answer.username && answer.password) return { username: answer.username, password: answer.password, jid: answer.jid ?? answer.username };
      if (answer.error === 'slow_down') pause += 5000;
      else if (answer.error === 'expired_token') return undefined;
      else if (answer.error !== 'authorization_pending' && response.status < 500 && response.status !== 429) throw refused(response, answer);
    }
    return undefined;
  }

  async #post<T>(url: string, fields: Record<string, string>, signal: AbortSignal): Promise<{ response: Response; answer: T }> {
    const response = await this.#fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: 'switchboard-sdk', ...fields }), signal });
    return { response, answer: (await response.json().catch(() => ({}))) as T };
  }
}

function refused(response: Response, { error, error_description }: TokenAnswer): SwitchboardError {
  const status = error === 'access_denied' ? 403 : response.status >= 500 ? 500 : 400;
  return new SwitchboardError(status, error_description || (status === 403 ? 'the request was refused' : 'the server gives no code'), error ?? 'device-grant-failed');
}

function origin(server: string): string {
  if (!URL.canParse(server, globalThis.location?.href)) throw invalid('SIGNAL_SERVER_URL is no address', 'server-invalid');
  return new URL(server, globalThis.location?.href).origin;
}

/** The code itself, of whatever a scanner gave. */
function userCode(text: string): string {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) return trimmed;
  const url = new URL(trimmed);
  const code = url.searchParams.get('user_code') ?? url.searchParams.get('userCode') ?? url.searchParams.get('code');
  if (!code) throw invalid('this is no code to sign in with', 'code-invalid');
  return code;
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled());
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    function stop() {
      clearTimeout(timer);
      reject(cancelled());
    }
    signal.addEventListener('abort', stop, { once: true });
  });
}

