/// <reference path="./xmpp.d.ts" />
// The SDK's core: a typed XMPP client over WebSocket and the Platform API's helper.
export { Client } from './client.ts';
export { Platform, PlatformError } from './platform.ts';
export { bare, domainOf, groupDomain, isGroup, localOf, resourceOf } from './jid.ts';
export { uuid } from './uuid.ts';
export type { Sent } from './client.ts';
export type * from './types.ts';
export type * from './platform.ts';
