// Canned data for the fake server: invented people, one workspace.

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const jid = (name) => `${name}@localhost`

export const users = [
  { id: 1, firstName: 'Ada', lastName: 'Novák', username: 'ada', email: 'ada@example.com', enabled: true, departments: [1], groups: [1, 2], globalRoles: ['CompanyAdmin'] },
  { id: 2, firstName: 'Ben', lastName: 'Okafor', username: 'ben', email: 'ben@example.com', enabled: true, departments: [1], groups: [1], globalRoles: [] },
  { id: 3, firstName: 'Clara', lastName: 'Lindqvist', username: 'clara', email: 'clara@example.com', enabled: true, departments: [1], groups: [2], globalRoles: [] },
  { id: 4, firstName: 'Dmitri', lastName: 'Petrov', username: 'dmitri', email: 'dmitri@example.com', enabled: true, departments: [1], groups: [1, 3], globalRoles: [] },
]

export const states = { 1: 'ONLINE', 2: 'ONLINE', 3: 'AWAY', 4: 'OFFLINE' }

export const groups = [
  { id: 1, name: 'Support', type: 'NORMAL', departmentId: 1 },
  { id: 2, name: 'Sales', type: 'NORMAL', departmentId: 1 },
  { id: 3, name: 'Returns', type: 'NORMAL', departmentId: 1 },
]

export const company = {
  id: 1, name: 'Tarn & Timber', companyGuid: '7d3f0a64-52f1-4a53-9d0e-2f1b3b6c9a10', language: 'en', timezone: 'Europe/Prague', domain: 'localhost',
  licenseKey: 'trial', trial: true,
}

export const scopes = ['chat', 'sessions.read', 'sessions.write', 'events', 'users.read', 'users.write', 'webhooks', 'keys', 'company.read', 'company.write', 'chatbot']

const hex = (n) => (n * 2654435761).toString(16).padStart(8, '0').slice(0, 8).repeat(4)
const iso = (t) => (t === undefined || t === null ? null : new Date(t).toISOString())
const duration = (ms) => `PT${Math.round(ms / 1000)}S`

export function apiKeys(now) {
  return [
    { id: 11, name: 'Nightly export', clientId: hex(11), scopes: ['sessions.read', 'users.read', 'events'], created: iso(now - 40 * day), lastUsed: iso(now - 7 * hour), revoked: null },
    { id: 12, name: 'Order system', clientId: hex(12), scopes: ['sessions.read', 'sessions.write', 'webhooks'], created: iso(now - 12 * day), lastUsed: iso(now - 3 * minute), revoked: null },
    { id: 13, name: 'Ada’s laptop', clientId: hex(13), scopes: [...scopes], created: iso(now - 2 * hour), lastUsed: null, revoked: null },
    { id: 10, name: 'Old importer', clientId: hex(10), scopes: ['users.read'], created: iso(now - 200 * day), lastUsed: iso(now - 90 * day), revoked: iso(now - 80 * day) },
  ]
}

export function accounts(now) {
  const list = users.map((u, i) => ({
    id: u.id, username: u.username, name: `${u.firstName} ${u.lastName}`, kind: 'operator', admin: u.id === 1, jid: jid(u.username), email: u.email,
    enabled: u.id !== 4, created: iso(now - (300 - i * 40) * day), lastSeen: iso(now - [10_000, 4 * minute, 3 * hour, 12 * day][i]), devices: [3, 1, 2, 0][i],
  }))
  const names = ['maya', 'tomas', 'ines', 'jonas', 'petra', 'sami', 'lucie', 'oskar']
  names.forEach((n, i) =>
    list.push({ id: 20 + i, username: n, name: '', kind: 'user', admin: false, jid: jid(n), email: '', enabled: true, created: iso(now - (60 - i) * day), lastSeen: i % 3 ? iso(now - i * hour) : null, devices: (i % 3) + 1 }),
  )
  return list
}

export function webhooks() {
  return [
    { id: 5, eventTypes: ['SessionCreated', 'SessionStarted', 'SessionOperatorJoined', 'SessionForwarded', 'SessionEnded'], callbackUrl: 'https://hooks:s3cret@crm.example.com/switchboard', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    { id: 6, eventTypes: ['SessionEnded', 'SessionOperatorConcluded'], callbackUrl: 'https://bi.example.com/in', secret: 'whsec_C2FVsBQIhrscChlQIMV9Y0h3b1NVnZ0B' },
  ]
}

export function deliveries(now) {
  const body = (type, id) => ({ eventType: type, data: { id, tenantId: 1, channel: 'Chat', source: 'Default', started: iso(now - 3 * minute) } })
  return [
    { id: 905, eventType: 'SessionCreated', status: 'pending', attempts: 2, created: iso(now - minute), delivered: null, nextAttempt: iso(now + 2 * minute), responseStatus: 503, error: 'the receiver answered 503 Service Unavailable', payload: body('SessionCreated', 105) },
    { id: 904, eventType: 'SessionOperatorJoined', status: 'delivered', attempts: 1, created: iso(now - 3 * minute), delivered: iso(now - 3 * minute), responseStatus: 200, error: null, payload: body('SessionOperatorJoined', 103) },
    { id: 903, eventType: 'SessionStarted', status: 'delivered', attempts: 1, created: iso(now - 3 * minute), delivered: iso(now - 3 * minute), responseStatus: 200, error: null, payload: body('SessionStarted', 103) },
    { id: 902, eventType: 'SessionEnded', status: 'failed', attempts: 3, created: iso(now - 2 * day), delivered: null, responseStatus: null, error: 'the connection was refused', payload: body('SessionEnded', 88) },
    { id: 901, eventType: 'SessionCreated', status: 'delivered', attempts: 2, created: iso(now - 2 * day), delivered: iso(now - 2 * day), responseStatus: 204, error: null, payload: body('SessionCreated', 88) },
  ]
}

const talk = {
  101: [['g', 'Hello, my order 20418 says delivered but nothing has come.', 4.2], ['g', 'Could somebody look please?', 3.9]],
  102: [['g', 'Do you ship to Norway?', 1.6]],
  105: [['g', 'Hi! Is the large oak board back in stock?', 0.4]],
  103: [
    ['g', 'Good morning! I bought two of the blue mugs last week and one arrived with a chip on the rim.', 26],
    ['g', 'https://shop.example.com/orders/20391', 25.8],
    ['joined', 'Ada Novák', 24],
    ['o1', 'Good morning Marta, I am sorry to hear that.', 23.5],
    ['o1', 'I can see the order. Shall I send you a new mug, or refund that one?', 23],
    ['g', 'A new one would be lovely, thank you.', 20],
    ['g', 'Do I have to send the chipped one back?', 19.6],
    ['o1', 'No need. Keep it for pencils. The new one leaves tomorrow and should be with you on Thursday.', 18],
    ['g', 'That is so kind. One more thing: could you put it in the same parcel as my order of the bowls? They have not been sent yet as far as I can see.', 2],
  ],
  104: [
    ['g', 'Can I change the delivery address after ordering?', 12],
    ['joined', 'Ada Novák', 11],
    ['o1', 'Yes, as long as it has not been packed. What is the order number?', 10.5],
    ['g', '20402', 0.6],
    ['g', 'It should go to Brno instead of Prague.', 0.5],
  ],
  106: [['g', 'The invoice has the wrong company name.', 40], ['joined', 'Ben Okafor', 38], ['o2', 'I will correct it. Which name should it be?', 37]],
}

const clients = {
  101: { tempId: 501, name: 'Jakub Horák', email: 'jakub.horak@example.cz', os: 'WINDOWS', browser: 'CHROME', language: 'cs', url: 'https://shop.example.com/orders/20418' },
  102: { tempId: 502, name: '', os: 'IOS', browser: 'SAFARI', language: 'nb', url: 'https://shop.example.com/delivery' },
  105: { tempId: 505, name: 'Sofia Marchetti', email: 'sofia@example.it', os: 'OSX', browser: 'SAFARI', language: 'it', url: 'https://shop.example.com/boards/oak-large' },
  103: { tempId: 503, name: 'Marta Kowalska', email: 'marta.kowalska@example.pl', phone: '+48 601 234 567', os: 'ANDROID', browser: 'CHROME', language: 'pl', url: 'https://shop.example.com/mugs/blue?utm=spring' },
  104: { tempId: 504, name: 'Erik Dahl', os: 'LINUX', browser: 'FF', language: 'sv', url: 'https://shop.example.com/cart' },
  106: { tempId: 506, name: 'Hotel Aurora', os: 'WINDOWS', browser: 'CHROMIUM_EDGE', language: 'de', url: 'https://shop.example.com/invoices' },
}

function model(id, status, now, more = {}) {
  const c = clients[id] ?? more.client
  const lines = talk[id] ?? more.lines ?? []
  const base = more.base ?? now
  const at = (m) => iso(base - m * minute)
  const words = lines.filter(([who]) => who !== 'joined')
  const last = words.at(-1)
  const firstAt = base - (lines[0]?.[2] ?? 5) * minute
  const joined = lines.find(([who]) => who === 'joined')
  const started = joined ? base - joined[2] * minute : null
  const operators = (more.operators ?? []).map((u) => {
    const { id: userId, username, firstName, lastName } = users.find((x) => x.id === u)
    return { userId, userName: username, firstName, lastName, joined: iso(started), left: more.ended ? iso(more.ended) : null, concluded: more.ended ? iso(more.ended) : null, note: null }
  })
  let since = 0
  for (const [who] of words) since = who === 'g' ? since + 1 : 0
  return {
    id, companyId: 1, departmentId: 1, channel: 'Chat', source: more.source ?? 'Default', status, avSupport: 'NONE', isDirectChat: false, url: c.url, widget: 'demo-shop',
    guest: {
      tempId: c.tempId, ipAddress: '192.0.2.' + (id % 200), trackedId: null, identity: null, channelIdentity: null, os: c.os, browser: c.browser, language: c.language,
      callParams: { ...(c.name && { oo1_guest_ident: c.name }), ...(c.email && { oo1_guest_email: c.email }), ...(c.phone && { oo1_guest_phone: c.phone }), ...(more.params ?? { basket: '3 items, 74 €', returning: 'yes' }) },
    },
    operators, reviewers: [], enteredQueue: iso(firstAt), created: iso(firstAt), guestJoined: iso(firstAt), started: iso(started), ended: iso(more.ended),
    waited: started ? duration(started - firstAt) : null, length: more.ended && started ? duration(more.ended - started) : null, blacklisted: false,
    activities: lines.map(([who, text, m], i) => {
      const out = { activityId: id * 1000 + i, time: at(m), type: who === 'joined' ? 'Joined' : 'ChatMessage', client: who === 'g' ? 'Guest' : 'User', userId: null, text: null, number: i + 1, messageId: `m-${id}-${i}` }
      if (who === 'joined') out.userId = users.find((u) => `${u.firstName} ${u.lastName}` === text).id
      else out.text = text
      if (who.startsWith('o')) out.userId = Number(who.slice(1))
      return out
    }).concat(more.ended ? [{ activityId: id * 1000 + 900, time: iso(more.ended), type: 'SessionEnded', client: null, userId: null, text: null, number: lines.length + 1, messageId: `m-${id}-end` }] : []),
    tags: [], chatbots: [], guestFeedbackStars: more.stars ?? null, guestFeedbackScale: null, guestFeedbackText: more.feedback ?? null, autoAccepted: false, recordings: null,
    guestLeftSession: 'StillConnected', groupJid: `g${id}@mix.localhost`, result: more.result ?? null, note: more.note ?? null, guestName: c.name,
    lastMessage: last ? { text: last[1], time: at(last[2]), fromGuest: last[0] === 'g' } : null, unread: since,
    queue: { id: more.queue ?? 1, name: groups[(more.queue ?? 1) - 1].name, place: more.place ?? 0 },
  }
}

export function liveSessions(now) {
  return [
    model(101, 'IN_QUEUE', now, { place: 1 }),
    model(102, 'IN_QUEUE', now, { place: 2, queue: 2, params: {} }),
    model(105, 'IN_QUEUE', now, { place: 1, queue: 2, source: 'WhatsApp' }),
    model(103, 'ACTIVE', now, { operators: [1], note: 'Send the new mug together with order 20405.' }),
    model(104, 'ACTIVE', now, { operators: [1] }),
    model(106, 'ACTIVE', now, { operators: [2], queue: 3 }),
  ]
}

const past = [
  ['Marta Kowalska', 503, 'Solved', 'Your parcel has left today.', 5, 'Quick and friendly, thank you!'],
  ['Olivier Petit', 601, 'Needs follow-up', 'I will ask the workshop and write to you.', null],
  ['', 602, 'No answer', 'Hello? Are you still there?', null],
  ['Hana Beneš', 603, 'Solved', 'Great, that works. Thanks!', 5],
  ['Liam Walsh', 604, 'Solved', 'The code is added to your account.', 4],
  ['', 605, 'Spam', 'BEST SEO OFFERS FOR YOUR SHOP', null],
  ['Yuki Tanaka', 606, 'Solved', 'We do wrap gifts, yes.', null],
  ['Greta Hoffmann', 607, 'Needs follow-up', 'Could you send a photo of the crack?', 3],
]

export function pastSessions(now, count = 64) {
  return Array.from({ length: count }, (_, i) => {
    const [name, tempId, result, last, stars, feedback] = past[i % past.length]
    const ended = now - (i * 5.3 + 2) * hour
    const lines = [
      ['g', i % 2 ? 'Hello, I have a question about my order.' : 'Is anybody there?', 14],
      ['joined', `${users[i % 3].firstName} ${users[i % 3].lastName}`, 12.5],
      [`o${(i % 3) + 1}`, `Hello${name ? ' ' + name.split(' ')[0] : ''}, how can I help?`, 12],
      ['g', 'It is about order 20' + (300 + i) + '.', 9],
      [`o${(i % 3) + 1}`, 'One moment, I am looking.', 8],
      [i % 8 === 3 || i % 8 === 5 ? 'g' : `o${(i % 3) + 1}`, last, 2],
    ]
    return model(1000 + count - i, 'CLOSED', now, {
      base: ended, ended, lines, operators: [(i % 3) + 1], result, stars, feedback, note: i % 4 ? null : 'Called the carrier; they will call back.',
      queue: (i % 3) + 1, source: i % 6 === 4 ? 'WhatsApp' : 'Default',
      client: { tempId: tempId + 0, name, os: 'WINDOWS', browser: 'CHROME', language: 'en', url: 'https://shop.example.com/', ...(name && { email: `${name.split(' ')[0].toLowerCase()}@example.com` }) },
    })
  })
}

/** The same words for the chat's archive. */
export function archiveLines(id, now) {
  return (talk[id] ?? []).map(([who, text, m], i) => ({ who, text, time: iso(now - m * minute), id: `m-${id}-${i}` }))
}

export const devices = (now) => [
  { id: 1, type: 'android', name: '', created: new Date(now - 40 * day).toISOString(), lastUsed: new Date(now - hour).toISOString() },
  { id: 2, type: 'web', name: '', created: new Date(now - 2 * day).toISOString(), lastUsed: new Date(now - 5 * minute).toISOString() },
]

export const features = { isBlockEnabled: true, isReportEnabled: true, isAttachmentEnabled: true, isTranslationEnabled: false }

export const settings = { deviceLimit: 5, deletionGraceHours: 720, identity: { jwksUrl: '', issuer: '', audience: '', key: '0123456789abcdef'.repeat(4) } }

const person = (id, username, name) => ({ id, username, name, jid: jid(username) })

export const reports = (now) => [
  {
    id: 2, state: 'open', note: '', chatType: 'chat', about: { jid: jid('prizes'), name: 'Lucky Prizes', group: false, accountId: 90, blocked: false }, reporter: person(11, 'maya', 'Maya Lindqvist'),
    messages: [{ id: 'a', text: 'You won! Send your card number to claim it.', type: 'text', file: '', time: new Date(now - 2 * hour).toISOString(), publisher: jid('prizes') }], created: new Date(now - hour).toISOString(), handled: null, handler: null,
  },
  {
    id: 1, state: 'resolved', note: 'Asked them to stay on topic.', chatType: 'groupchat', about: { jid: 'cooks@mix.localhost', name: 'Cooks', group: true, accountId: null, blocked: false }, reporter: null,
    messages: [], created: new Date(now - 3 * day).toISOString(), handled: new Date(now - 2 * day).toISOString(), handler: person(1, 'ada', 'Ada Novák'),
  },
]

export const feedback = (now) => [
  { id: 2, kind: 'deletion', title: 'I found another app', text: 'It has stickers.', from: null, created: new Date(now - hour).toISOString() },
  { id: 1, kind: 'feedback', title: 'Bigger letters', text: 'I cannot read the times below the messages.', from: person(11, 'maya', 'Maya Lindqvist'), created: new Date(now - day).toISOString() },
]

export const signingKeys = (now) => [
  { kid: '06f7d53e253df749', created: new Date(now - 2 * hour).toISOString(), retired: null, ends: null, current: true },
  { kid: '94509dda545d04f2', created: new Date(now - 30 * day).toISOString(), retired: new Date(now - 2 * hour).toISOString(), ends: new Date(now + hour).toISOString(), current: false },
]

export const audit = (now) => [
  { position: 99, time: new Date(now - minute).toISOString(), kind: 'key.created', actor: 1, actorName: 'ada', subject: 30, subjectName: 'Nightly export', details: {} },
  { position: 98, time: new Date(now - hour).toISOString(), kind: 'account.changed', actor: 1, actorName: 'ada', subject: 11, subjectName: 'maya', details: { change: 'disabled' } },
  { position: 97, time: new Date(now - day).toISOString(), kind: 'account.deleted', actor: 0, actorName: '', subject: 12, subjectName: 'tom', details: {} },
]
