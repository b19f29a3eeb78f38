/** A refusal or failure, with the status that the documented API has for it. */
export class SwitchboardError extends Error {
  /** 400 invalid, 401 not signed in, 403 not allowed or switched off, 404 unknown, 405 at the device limit, 413 too large, 429 too often, 500 anything else; 0 without an answer. */
  readonly status: number;
  /** Stable: for programs to compare. */
  readonly code: string;

  constructor(status: number, message: string, code = '', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SwitchboardError';
    this.status = status;
    this.code = code;
  }
}

/** RFC 6120 §8.3.3: what the conditions of a refused stanza mean in statuses. */
const conditions: Record<string, number> = {
  'bad-request': 400,
  'jid-malformed': 400,
  'not-acceptable': 400,
  'policy-violation': 400,
  'item-not-found': 404,
  'service-unavailable': 404,
  gone: 404,
  'remote-server-not-found': 404,
  'not-authorized': 401,
  forbidden: 403,
  'account-disabled': 403,
  'account-blocked': 403,
  'not-allowed': 403,
  'feature-not-implemented': 403,
  'resource-constraint': 429,
};

/** For conditions that come without a word. */
const words: Record<string, string> = {
  'service-unavailable': 'this address cannot be reached',
  'item-not-found': 'there is nothing of this name',
  forbidden: 'this is not allowed',
  'not-allowed': 'this is not allowed',
};

/** Makes a SwitchboardError of whatever was thrown. */
export function asError(error: unknown, fallback = 'internal'): SwitchboardError {
  if (error instanceof SwitchboardError) return error;
  const { condition, message, name } = (error ?? {}) as { condition?: string; message?: string; name?: string };
  if (name === 'AbortError') return new SwitchboardError(0, message || 'cancelled', 'cancelled', error);
  // The library puts the condition before the words that came with it.
  const said = condition && message?.startsWith(`${condition} - `) ? message.slice(condition.length + 3) : message;
  if (condition) return new SwitchboardError(conditions[condition] ?? 500, said && said !== condition ? said : (words[condition] ?? condition), condition, error);
  return new SwitchboardError(500, message || String(error), fallback, error);
}

/** Refuses an argument. */
export function invalid(message: string, code = 'invalid'): SwitchboardError {
  return new SwitchboardError(400, message, code);
}

/** Of an operation that its caller has cancelled. */
export function cancelled(): SwitchboardError {
  return new SwitchboardError(0, 'cancelled', 'cancelled');
}
