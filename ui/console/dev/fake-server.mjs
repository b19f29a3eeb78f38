// A FAKE server, for looking at the console and for its browser tests without
// the real one. It answers the Public API from canned data in memory, signs
// anybody in, and speaks enough XMPP for a transcript. Nothing here is a model
// of the real server.
//
//   node dev/fake-server.mjs [--port 8099]
//
// /__fake?empty=1 empties it, ?fail=Sessions,… makes resources answer 500,
// ?slow=ms delays every answer, ?xmpp=off refuses chat, ?reset=1 restores.
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FakeServer } from '../../sdk/test/server.mjs'
import * as data from './fake-data.mjs'

const dist = fileURLToPath(new URL('../../dist/console/', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }
const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url')

export async function startFake(port = 0) {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const chat = new FakeServer()
  let state
  const reset = () => {
    const now = Date.now()
    state = {
      now, live: data.liveSessions(now), past: data.pastSessions(now), accounts: data.accounts(now), keys: data.apiKeys(now), webhooks: data.webhooks(), deliveries: data.deliveries(now),
      reports: data.reports(now), features: { ...data.features }, company: { ...data.company }, states: { ...data.states }, next: 5000, position: 100, fail: new Set(), slow: 0, me: 1,
    }
    chat.refuse = false
    chat.archives.clear()
    chat.user('ada', 'x', ['fake-access-token'])
    for (const s of state.live) {
      chat.groups.set(s.groupJid, new Set(['ada', 'guest']))
      for (const line of data.archiveLines(s.id, now)) {
        const author = { g: 'guest', o1: 'ada', o2: 'ben' }[line.who]
        const body = author
          ? `<message from="${s.groupJid}/${author}" to="${s.groupJid}" type="groupchat" id="${line.id}" xmlns="jabber:client"><body>${line.text.replace(/&/g, '&amp;')}</body></message>`
          : `<message from="${s.groupJid}" to="${s.groupJid}" type="groupchat" id="${line.id}" xmlns="jabber:client"><conversation xmlns="urn:switchboard:conversation:0" id="${s.id}" event="operator-joined" status="ACTIVE" operator="${line.text}"/></message>`
        chat.archive(s.groupJid).push({ id: randomBytes(6).toString('hex'), stanza: body, time: line.time })
      }
    }
  }
  reset()

  const followers = new Set()
  const announce = (kind, subject) => {
    const event = { position: ++state.position, time: new Date().toISOString(), kind, subject, data: {} }
    for (const r of followers) r.write(`id: ${event.position}\nevent: ${kind}\ndata: ${JSON.stringify(event)}\n\n`)
  }
  const account = (id) => state.accounts.find((a) => a.id === Number(id))
  /** Part of a list, and its length for the header. */
  const page = (list, q) => ({ total: list.length, items: list.slice(Number(q.get('offset') ?? 0)).slice(0, Number(q.get('limit') ?? 50)) })
  const session = (id) => state.live.find((s) => s.id === id) ?? state.past.find((s) => s.id === id)
  const me = () => {
    const u = data.users.find((x) => x.id === state.me)
    return { ...u, admin: u.globalRoles.length > 0, jid: data.jid(u.username), companyId: 1, scopes: data.scopes, operatorState: { userId: u.id, stateKind: state.states[u.id] } }
  }

  chat.onMessage = (from, group, element) => {
    const text = element.getChildText('body')
    const s = state.live.find((x) => x.groupJid === group)
    if (!text || !s) return
    const mine = element.attrs.from.endsWith('/ada')
    s.lastMessage = { text, time: new Date().toISOString(), fromGuest: !mine }
    s.unread = mine ? 0 : s.unread + 1
    announce('message', 1)
  }

  const routes = [
    ['GET', /^Users\/me$/, () => me()],
    ['GET', /^Users$/, () => data.users],
    ['GET', /^Users\/operatorStates$/, () => Object.entries(state.states).map(([id, stateKind]) => ({ userId: Number(id), stateKind, changed: new Date(state.now).toISOString() }))],
    ['PUT', /^Users\/(\d+)\/operatorState$/, ([id], _, body) => void ((state.states[id] = body.stateKind), announce('operator.status', Number(id)))],
    ['GET', /^Groups$/, () => data.groups],
    ['GET', /^Companies$/, () => state.company],
    ['POST', /^Companies\/endTrial$/, () => void ((state.company.trial = false), (state.company.licenseKey = randomBytes(16).toString('hex')), announce('tenant.changed', 1))],
    ['GET', /^Sessions$/, (_, q) => {
      const wanted = new Set(q.getAll('Status'))
      let list = [...state.live, ...state.past].filter((s) => wanted.size === 0 || wanted.has(s.status))
      if (q.get('ClientId')) list = list.filter((s) => s.guest.tempId === Number(q.get('ClientId')))
      if (q.get('Ended.Min')) list = list.filter((s) => s.ended >= q.get('Ended.Min'))
      if (q.get('Ended.Max')) list = list.filter((s) => s.ended <= q.get('Ended.Max'))
      const offset = Number(q.get('offset') ?? 0)
      return list.slice(offset, offset + Number(q.get('limit') ?? 100))
    }],
    ['GET', /^Sessions\/(\d+)$/, ([id]) => session(Number(id)) ?? 404],
    ['POST', /^Sessions\/(\d+)\/accept$/, ([id]) => {
      const s = session(Number(id))
      if (!s || s.status !== 'IN_QUEUE') return [409, { code: 'conversation-taken', message: 'another operator has it already' }]
      const { id: userId, username: userName, firstName, lastName } = me()
      Object.assign(s, { status: 'ACTIVE', started: new Date().toISOString(), unread: s.unread })
      s.operators.push({ userId, userName, firstName, lastName, joined: s.started, left: null, concluded: null })
      chat.notice(s.groupJid, { id: String(s.id), event: 'operator-joined', status: 'ACTIVE', operator: `${firstName} ${lastName}` })
      announce('conversation.operator-joined', s.id)
      return s
    }],
    ['POST', /^Sessions\/(\d+)\/end$/, ([id], _, body) => {
      const s = session(Number(id))
      Object.assign(s, { status: body.result ? 'CLOSED' : 'ACW', ended: new Date().toISOString(), result: body.result ?? null, note: body.note ?? s.note })
      if (body.result) {
        state.live = state.live.filter((x) => x !== s)
        state.past.unshift(s)
      }
      announce('conversation.ended', s.id)
    }],
    ['PUT', /^Sessions\/(\d+)\/note$/, ([id], _, body) => void ((session(Number(id)).note = body.note), announce('conversation.changed', Number(id)))],
    ['POST', /^Sessions\/(\d+)\/forward$/, ([id], _, body) => {
      const s = session(Number(id))
      s.operators.forEach((o) => ((o.left = new Date().toISOString()), (o.concluded = o.left)))
      if (body.operatorGroupId) Object.assign(s, { status: 'IN_QUEUE', queue: { ...data.groups.find((g) => g.id === body.operatorGroupId), place: 1 } })
      else {
        const { id: userId, username: userName, firstName, lastName } = data.users.find((u) => u.id === body.userId)
        s.operators.push({ userId, userName, firstName, lastName, joined: new Date().toISOString(), left: null, concluded: null })
      }
      announce('conversation.forwarded', s.id)
    }],
    ['POST', /^Sessions\/(\d+)\/messages$/, ([id], _, body) => {
      const s = session(Number(id))
      s.activities.push({ activityId: ++state.next, time: new Date().toISOString(), type: 'ChatMessage', client: 'User', userId: state.me, text: body.text, messageId: body.messageId })
      s.lastMessage = { text: body.text, time: new Date().toISOString(), fromGuest: false }
      s.unread = 0
      announce('message', 1)
      return { messageId: body.messageId, number: s.activities.length, time: new Date().toISOString() }
    }],
    ['GET', /^Accounts$/, (_, q) => {
      const text = (q.get('search') ?? '').toLowerCase()
      return page(state.accounts.filter((a) => (!q.get('kind') || a.kind === q.get('kind')) && `${a.username} ${a.name} ${a.email}`.toLowerCase().includes(text)), q)
    }],
    ['GET', /^Accounts\/(\d+)$/, ([id]) => account(id) ?? 404],
    ['GET', /^Accounts\/(\d+)\/devices$/, () => data.devices(state.now)],
    ['DELETE', /^Accounts\/(\d+)\/devices\/(\d+)$/, () => undefined],
    ['POST', /^Accounts\/(\d+)\/restore$/, ([id]) => void (account(id).deleting = null)],
    ['POST', /^Accounts\/(\d+)\/resetPassword$/, () => ({ password: randomBytes(10).toString('hex') })],
    ['GET', /^Companies\/features$/, () => ({ features: state.features })],
    ['PUT', /^Companies\/features$/, (_, __, body) => void Object.assign(state.features, body.features)],
    ['GET', /^Companies\/settings$/, () => data.settings],
    ['PUT', /^Companies\/settings$/, () => undefined],
    ['GET', /^Reports$/, (_, q) => page(state.reports.filter((r) => r.state === (q.get('state') ?? r.state)), q)],
    ['PUT', /^Reports\/(\d+)$/, ([id], _, body) => (announce('report.handled', Number(id)), Object.assign(state.reports.find((r) => r.id === Number(id)), body))],
    ['PUT', /^Moderation$/, (_, __, body) => void state.reports.forEach((r) => r.about.jid === body.jid && (r.about.blocked = body.blocked))],
    ['GET', /^Feedback$/, (_, q) => page(data.feedback(state.now), q)],
    ['GET', /^SigningKeys$/, () => data.signingKeys(state.now)],
    ['POST', /^SigningKeys\/rotate$/, () => undefined],
    ['GET', /^AuditLog$/, () => data.audit(state.now)],
    ['POST', /^Accounts$/, (_, __, body) => {
      if (state.accounts.some((a) => a.username === body.username)) return [409, { username: 'this name is taken' }]
      const id = ++state.next
      state.accounts.unshift({ id, username: body.username, name: body.name ?? '', email: body.email ?? '', kind: body.role === 'user' ? 'user' : 'operator', admin: body.role === 'admin', jid: data.jid(body.username), enabled: true, created: new Date().toISOString(), lastSeen: null, devices: 0 })
      announce('account.created', id)
      return [201, { id, password: randomBytes(10).toString('hex') }]
    }],
    ['PUT', /^Accounts\/(\d+)\/enabled$/, ([id], _, body) => void (state.accounts.find((a) => a.id === Number(id)).enabled = body.isEnabled)],
    ['DELETE', /^Accounts\/(\d+)$/, ([id]) => void (account(id).deleting = new Date(state.now + 30 * 86_400_000).toISOString())],
    ['GET', /^ApiKeys$/, () => state.keys],
    ['GET', /^ApiKeys\/scopes$/, () => data.scopes],
    ['POST', /^ApiKeys$/, (_, __, body) => {
      const key = { id: ++state.next, name: body.name, clientId: randomBytes(16).toString('hex'), scopes: body.scopes, created: new Date().toISOString(), lastUsed: null, revoked: null }
      state.keys.unshift(key)
      return [201, { ...key, clientSecret: randomBytes(16).toString('hex') }]
    }],
    ['DELETE', /^ApiKeys\/(\d+)$/, ([id]) => void (state.keys.find((k) => k.id === Number(id)).revoked = new Date().toISOString())],
    ['GET', /^Webhooks$/, () => state.webhooks],
    ['GET', /^Webhooks\/(\d+)$/, ([id]) => state.webhooks.find((w) => w.id === Number(id)) ?? 404],
    ['POST', /^Webhooks$/, (_, __, body) => {
      const same = state.webhooks.find((w) => w.callbackUrl === body.callbackUrl)
      if (same) return [409, same.id]
      if (/\/\/(localhost|127\.|10\.|192\.168\.)/.test(body.callbackUrl)) return [400, { callbackUrl: 'the address is inside the server’s own network' }]
      const id = ++state.next
      state.webhooks.push({ id, ...body, secret: 'whsec_' + randomBytes(24).toString('base64') })
      return [201, id]
    }],
    ['PUT', /^Webhooks\/(\d+)$/, ([id], _, body) => void Object.assign(state.webhooks.find((w) => w.id === Number(id)), body)],
    ['DELETE', /^Webhooks\/(\d+)$/, ([id]) => void (state.webhooks = state.webhooks.filter((w) => w.id !== Number(id)))],
    ['GET', /^Webhooks\/(\d+)\/deliveries$/, ([id]) => (Number(id) === 5 ? state.deliveries : [])],
    ['POST', /^Webhooks\/(\d+)\/replay$/, () => undefined],
  ]

  const json = (res, status, body) => {
    res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    res.end(body === undefined ? undefined : JSON.stringify(body))
  }

  async function api(req, res, url) {
    if (!/^bearer fake-access-token/i.test(req.headers.authorization ?? '')) return json(res, 401)
    const path = url.pathname.slice('/public/api/v1/'.length)
    if (path === 'events') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      res.write(`id: ${state.position}\nevent: position\ndata: {"position":${state.position}}\n\n`)
      followers.add(res)
      return req.on('close', () => followers.delete(res))
    }
    if (state.slow) await new Promise((r) => setTimeout(r, state.slow))
    if (state.fail.has(path.split('/')[0])) return json(res, 500, { code: 'internal', message: 'something went wrong on our side' })
    for (const [method, pattern, handle] of routes) {
      const match = method === req.method && pattern.exec(path)
      if (!match) continue
      const answer = handle(match.slice(1), url.searchParams, await bodyOf(req))
      if (answer === undefined) return json(res, 204)
      if (answer === 404) return json(res, 404)
      if (answer.items) res.setHeader('X-Total-Count', answer.total)
      if (answer.items) return json(res, 200, answer.items)
      return Array.isArray(answer) && typeof answer[0] === 'number' && answer.length === 2 ? json(res, ...answer) : json(res, 200, answer)
    }
    json(res, 404)
  }

  const codes = new Map()
  const tokenAnswer = (origin, nonce) => {
    const now = Math.floor(Date.now() / 1000)
    const head = `${b64({ alg: 'ES256', kid: 'fake' })}.${b64({ iss: `${origin}/login`, sub: '1', aud: 'switchboard-console', iat: now, exp: now + 3600, ...(nonce && { nonce }) })}`
    const signature = createSign('SHA256').update(head).sign({ key: keys.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    return { access_token: 'fake-access-token', token_type: 'Bearer', expires_in: 3600, refresh_token: 'fake-refresh-token', id_token: `${head}.${signature}` }
  }

  async function login(req, res, url, origin) {
    if (url.pathname.endsWith('/openid-configuration')) {
      return json(res, 200, {
        issuer: `${origin}/login`, authorization_endpoint: `${origin}/login/connect/authorize`, token_endpoint: `${origin}/login/connect/token`, jwks_uri: `${origin}/login/jwks`,
        end_session_endpoint: `${origin}/login/connect/endsession`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'], code_challenge_methods_supported: ['S256'],
      })
    }
    if (url.pathname === '/login/connect/authorize') {
      const q = url.searchParams
      const code = randomBytes(8).toString('hex')
      codes.set(code, q.get('nonce'))
      res.writeHead(302, { Location: `${q.get('redirect_uri')}?code=${code}&state=${q.get('state')}` })
      return res.end()
    }
    if (url.pathname === '/login/connect/token') {
      const form = new URLSearchParams(await textOf(req))
      if (form.get('grant_type') === 'authorization_code' && !codes.has(form.get('code'))) return json(res, 400, { error: 'invalid_grant' })
      return json(res, 200, tokenAnswer(origin, codes.get(form.get('code'))))
    }
    if (url.pathname === '/login/connect/endsession') {
      res.writeHead(302, { Location: url.searchParams.get('post_logout_redirect_uri') })
      return res.end()
    }
    json(res, 404)
  }

  function control(res, q) {
    if (q.get('reset')) reset()
    if (q.get('empty')) Object.assign(state, { live: [], past: [], keys: [], webhooks: [], deliveries: [], reports: [] })
    if (q.has('fail')) state.fail = new Set(q.get('fail').split(',').filter(Boolean))
    if (q.has('slow')) state.slow = Number(q.get('slow'))
    if (q.has('xmpp')) {
      chat.refuse = q.get('xmpp') === 'off'
      if (chat.refuse) chat.forget()
    }
    if (q.has('me')) state.me = Number(q.get('me'))
    if (q.get('many')) {
      const base = state.live.find((s) => s.status === 'IN_QUEUE')
      state.live.push(...Array.from({ length: Number(q.get('many')) }, (_, i) => ({ ...base, id: 20000 + i, guest: { ...base.guest, tempId: 20000 + i, callParams: {} }, guestName: '' })))
    }
    if (q.get('say')) chat.message('guest@localhost/w', `g${q.get('in')}@mix.localhost`, q.get('say'))
    if (q.get('typing')) chat.route(chat.parse(`<message xmlns="jabber:client" from="guest@localhost/w" to="g${q.get('typing')}@mix.localhost" type="groupchat"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`))
    if (q.get('read')) {
      const group = `g${q.get('read')}@mix.localhost`
      const last = chat.archive(group).at(-1)
      const id = /id="([^"]+)"/.exec(last.stanza.replace(/<origin-id[^>]*>/, ''))?.[1]
      chat.route(chat.parse(`<message xmlns="jabber:client" from="guest@localhost/w" to="${group}" type="groupchat"><displayed xmlns="urn:xmpp:chat-markers:0" id="${id}"/></message>`))
    }
    if (q.get('refuse')) chat.refuseMessages = q.get('refuse') === 'no' ? '' : q.get('refuse')
    announce('conversation.changed', 0)
    json(res, 200, {})
  }

  function file(res, path) {
    let name = join(dist, path)
    if (!name.startsWith(dist) || !existsSync(name) || statSync(name).isDirectory()) name = join(dist, 'index.html')
    res.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream' })
    createReadStream(name).pipe(res)
  }

  const http = createServer((req, res) => {
    const origin = `http://${req.headers.host}`
    const url = new URL(req.url, origin)
    Promise.resolve()
      .then(() => {
        if (url.pathname.startsWith('/public/api/v1/')) return api(req, res, url)
        if (url.pathname.startsWith('/login/')) return login(req, res, url, origin)
        if (url.pathname === '/__fake') return control(res, url.searchParams)
        if (url.pathname.startsWith('/console')) return file(res, url.pathname.slice('/console'.length))
        res.writeHead(302, { Location: '/console/' })
        res.end()
      })
      .catch((error) => {
        if (res.headersSent || req.destroyed) return
        console.error(error)
        json(res, 500)
      })
  })
  chat.attach(http)
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    async close() {
      for (const r of followers) r.end()
      for (const ws of chat.wss.clients) ws.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function textOf(req) {
  let text = ''
  for await (const chunk of req) text += chunk
  return text
}

async function bodyOf(req) {
  const text = await textOf(req)
  return text ? JSON.parse(text) : {}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--port')
  const fake = await startFake(at < 0 ? 8099 : Number(process.argv[at + 1]))
  console.log(`FAKE server on ${fake.url}/console/`)
}
