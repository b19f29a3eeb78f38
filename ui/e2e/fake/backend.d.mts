import type { FakeServer } from '../../sdk/test/server.mjs';

export class FakeBackend {
  xmpp: FakeServer & { accounts: Map<string, unknown> };
  url: string;
  config: Record<string, unknown>;
  feedback: { stars: number; text?: string }[];
  opened: Record<string, unknown>[];
  broken: string[];
  latest: { id: string; status: string; groupJid: string };
  listen(port?: number): Promise<string>;
  close(): Promise<void>;
  place(n: number): void;
  join(name: string): void;
  say(text: string): string;
  type(state?: string): void;
  displayed(id: string): void;
  end(): void;
}
