/// <reference path="./xmpp.d.ts" />
// The whole of the SDK: the typed object, the functions with the documented names, and the parts beneath.
export { Switchboard } from './board.ts';
export { SwitchboardError } from './error.ts';
export * from './compat/index.ts';
export { readContent } from './content.ts';
export { Emitter } from './emitter.ts';
export { Client } from './client.ts';
export { Platform, PlatformError } from './platform.ts';
export { bare, domainOf, groupDomain, isGroup, localOf, resourceOf } from './jid.ts';
export { uuid } from './uuid.ts';
export type { Sent } from './client.ts';
export type { Qr } from './qr.ts';
export type * from './types.ts';
export type * from './model.ts';
export type * from './platform.ts';
export type { ProfileSet } from './people.ts';
