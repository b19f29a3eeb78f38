import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hold } from './hold'
import { Auth, renewAt } from './oidc'

const origin = 'http://127.0.0.1:8080'

class MemoryStorage {
  map = new Map<string, string>()
  getItem = (k: string) => this.map.get(k) ?? null
  setItem = (k: string, v: string) => void this.map.set(k, v)
  removeItem = (k: string) => void this.map.delete(k)
}

const b64 = (v: unknown) => Buffer.from(JSON.stringify(v)).toString('base64url')

function provider() {
  let nonce = ''
  let refuse = false
  const tokenCalls: URLSearchParams[] = []
  const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
  const fetcher = vi.fn(async (input: unknown, init?: RequestInit) => {
    const url = String(input instanceof URL ? input.href : input)
    if (url.endsWith('/login/.well-known/openid-configuration')) {
      return json({
        issuer: `${origin}/login`, authorization_endpoint: `${origin}/login/connect/authorize`, token_endpoint: `${origin}/login/connect/token`,
        end_session_endpoint: `${origin}/login/connect/endsession`, id_token_signing_alg_values_supported: ['ES256'],
      })
    }
    const form = new URLSearchParams(String(init?.body))
    tokenCalls.push(form)
    if (refuse) return json({ error: 'invalid_grant' }, 400)
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: `${origin}/login`, aud: 'switchboard-console', sub: '1', iat: now, exp: now + 3600, ...(form.get('grant_type') === 'authorization_code' && { nonce }) }
    return json({ access_token: `access-${tokenCalls.length}`, token_type: 'Bearer', expires_in: 3600, refresh_token: `refresh-${tokenCalls.length}`, id_token: `${b64({ alg: 'ES256' })}.${b64(claims)}.c2ln` })
  })
  return { fetcher: fetcher as unknown as typeof fetch, tokenCalls, setNonce: (n: string) => (nonce = n), refuse: () => (refuse = true) }
}

function setUp() {
  const storage = new MemoryStorage()
  const p = provider()
  const went: string[] = []
  const held = new Set<string>()
  const hold = async (name: string) => !held.has(name) && !!held.add(name)
  const make = (from = storage) => new Auth({ origin, storage: from as unknown as Storage, now: () => Date.now(), go: (u) => went.push(u), fetch: p.fetcher, hold })
  /** The page is loaded again: the browser lets go of what the page of before held. */
  const reload = () => {
    held.clear()
    return make()
  }
  return { storage, p, went, make, reload, auth: make() }
}

async function signIn(s: ReturnType<typeof setUp>) {
  await s.auth.signIn('/inbox/5')
  const url = new URL(s.went.at(-1)!)
  s.p.setNonce(url.searchParams.get('nonce')!)
  return { url, returnTo: await s.auth.finish(new URL(`${origin}/console/callback?code=abc&state=${url.searchParams.get('state')}`)) }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

describe('Auth', () => {
  it('goes through the code flow with PKCE', async () => {
    const s = setUp()
    const { url, returnTo } = await signIn(s)
    expect(url.origin + url.pathname).toBe(`${origin}/login/connect/authorize`)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'switchboard-console', response_type: 'code', redirect_uri: `${origin}/console/callback`,
      scope: 'openid profile offline_access mluviiPublicApi', code_challenge_method: 'S256',
    })
    const verifier = s.p.tokenCalls[0]!.get('code_verifier')!
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(url.searchParams.get('code_challenge'))
    expect(returnTo).toBe('/inbox/5')
    expect(await s.auth.token()).toBe('access-1')
    expect(await s.reload().token()).toBe('access-1')
  })
  it('refuses an answer with a foreign state', async () => {
    const s = setUp()
    await s.auth.signIn('/inbox')
    await expect(s.auth.finish(new URL(`${origin}/console/callback?code=abc&state=forged`))).rejects.toThrow()
    expect(s.auth.status).toBe('signed-out')
  })
  it('refuses a token with a foreign nonce', async () => {
    const s = setUp()
    await s.auth.signIn('/inbox')
    s.p.setNonce('another')
    const state = new URL(s.went[0]!).searchParams.get('state')
    await expect(s.auth.finish(new URL(`${origin}/console/callback?code=abc&state=${state}`))).rejects.toThrow()
  })
  it('leaves the sign-in of a duplicated tab to the tab that has it', async () => {
    const s = setUp()
    await signIn(s)
    const copy = new MemoryStorage()
    copy.map = new Map(s.storage.map)
    const duplicate = s.make(copy)
    expect(duplicate.status).toBe('starting')
    await expect(duplicate.token()).rejects.toThrow('not signed in')
    expect([duplicate.status, duplicate.signedOutByChoice, [...copy.map.keys()]]).toEqual(['signed-out', false, []])
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(s.p.tokenCalls.filter((f) => f.get('grant_type') === 'refresh_token').map((f) => f.get('refresh_token'))).toEqual(['refresh-1'])
    expect(s.auth.status).toBe('signed-in')
  })
  it('shares one refresh between callers', async () => {
    const s = setUp()
    await signIn(s)
    const all = await Promise.all([s.auth.renew(), s.auth.renew(), s.auth.renew()])
    expect(new Set(all)).toEqual(new Set(['access-2']))
    expect(s.p.tokenCalls.filter((f) => f.get('grant_type') === 'refresh_token')).toHaveLength(1)
    expect(s.p.tokenCalls[1]!.get('refresh_token')).toBe('refresh-1')
  })
  it('refreshes by itself before the end', async () => {
    const s = setUp()
    await signIn(s)
    await vi.advanceTimersByTimeAsync(3_540_000 + 10)
    await vi.waitFor(() => expect(s.p.tokenCalls).toHaveLength(2))
    await vi.waitFor(async () => expect(await s.auth.token()).toBe('access-2'))
  })
  it('forgets everything when the provider refuses', async () => {
    const s = setUp()
    await signIn(s)
    s.p.refuse()
    await expect(s.auth.renew()).rejects.toThrow()
    expect(s.auth.status).toBe('signed-out')
    expect(s.auth.signedOutByChoice).toBe(false)
  })
  it('ends the session at the provider', async () => {
    const s = setUp()
    await signIn(s)
    await s.auth.signOut()
    const url = new URL(s.went.at(-1)!)
    expect(url.pathname).toBe('/login/connect/endsession')
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/console/`)
    expect(url.searchParams.get('id_token_hint')).toMatch(/^ey/)
    expect([s.auth.status, s.auth.signedOutByChoice]).toEqual(['signed-out', true])
  })
})

describe('hold', () => {
  const locks = (request: (name: string, options: LockOptions, held: () => unknown) => Promise<unknown>) => ({ request }) as unknown as LockManager
  it('is true once the lock is given, for life', async () => {
    let kept: unknown
    expect(await hold('a', locks(async (_, __, held) => (kept = held())))).toBe(true)
    expect(kept).toBeInstanceOf(Promise)
  })
  it('is false when another page keeps it', async () => {
    const waits = locks((_, { signal }) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason))))
    const answer = hold('a', waits)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await answer).toBe(false)
  })
  it('is true where there are no locks to be had', async () => {
    expect(await hold('a', locks(() => Promise.reject(new Error('SecurityError'))))).toBe(true)
    expect(await hold('a', null as never)).toBe(true)
  })
})

describe('renewAt', () => {
  it('is a minute before the end, or a tenth of a short life', () => {
    expect(renewAt(3_600_000, 0)).toBe(3_540_000)
    expect(renewAt(100_000, 0)).toBe(90_000)
    expect(renewAt(0, 50)).toBe(0)
  })
})
