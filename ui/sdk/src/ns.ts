/** Namespaces, each with the specification that defines it. */
export const NS = {
  client: 'jabber:client', // RFC 6121
  roster: 'jabber:iq:roster', // RFC 6121 §2
  streams: 'http://etherx.jabber.org/streams', // RFC 6120
  sm: 'urn:xmpp:sm:3', // XEP-0198
  limits: 'urn:xmpp:stream-limits:0', // XEP-0478
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl', // RFC 6120 §6
  sasl2: 'urn:xmpp:sasl:2', // XEP-0388
  carbons: 'urn:xmpp:carbons:2', // XEP-0280
  forward: 'urn:xmpp:forward:0', // XEP-0297
  delay: 'urn:xmpp:delay', // XEP-0203
  mam: 'urn:xmpp:mam:2', // XEP-0313
  rsm: 'http://jabber.org/protocol/rsm', // XEP-0059
  data: 'jabber:x:data', // XEP-0004
  sid: 'urn:xmpp:sid:0', // XEP-0359
  receipts: 'urn:xmpp:receipts', // XEP-0184
  markers: 'urn:xmpp:chat-markers:0', // XEP-0333
  states: 'http://jabber.org/protocol/chatstates', // XEP-0085
  hints: 'urn:xmpp:hints', // XEP-0334
  blocking: 'urn:xmpp:blocking', // XEP-0191
  reply: 'urn:xmpp:reply:0', // XEP-0461
  reference: 'urn:xmpp:reference:0', // XEP-0372
  json: 'urn:xmpp:json:0', // XEP-0335
  oob: 'jabber:x:oob', // XEP-0066
  sfs: 'urn:xmpp:sfs:0', // XEP-0447
  file: 'urn:xmpp:file:metadata:0', // XEP-0446
  esfs: 'urn:xmpp:esfs:0', // XEP-0448
  urlData: 'http://jabber.org/protocol/url-data', // XEP-0103
  thumbs: 'urn:xmpp:thumbs:1', // XEP-0264
  upload: 'urn:xmpp:http:upload:0', // XEP-0363
  geoloc: 'http://jabber.org/protocol/geoloc', // XEP-0080
  vcard4: 'urn:ietf:params:xml:ns:vcard-4.0', // XEP-0292
  notice: 'urn:switchboard:notice:0', // ours
  conversation: 'urn:switchboard:conversation:0', // ours
} as const;
