/** Addresses as text: the server has normalised them, the client only takes them apart. */

/** `local@domain/resource` → `local@domain` */
export function bare(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash);
}

/** The part before the first `@` of the bare address; empty for a domain. */
export function localOf(jid: string): string {
  const b = bare(jid);
  const at = b.indexOf('@');
  return at < 0 ? '' : b.slice(0, at);
}

export function domainOf(jid: string): string {
  const b = bare(jid);
  return b.slice(b.indexOf('@') + 1);
}

export function resourceOf(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? '' : jid.slice(slash + 1);
}

/** Groups live on the service `mix.<domain>` of their tenant. */
export function groupDomain(domain: string): string {
  return `mix.${domain}`;
}

export function isGroup(jid: string): boolean {
  return domainOf(jid).startsWith('mix.');
}
