// Sign-in: OpenID Connect authorization code flow with PKCE (RFC 7636) against
// the server's own provider. Tokens live in memory and in sessionStorage, so
// a reload keeps them and closing the tab forgets them. Each tab is a sign-in
// of its own, with a device and a stream of its own.
import type * as OAuth from 'oauth4webapi'

// The library is needed to sign in and to refresh, not to show the first screen.
const library = () => import('oauth4webapi')

export const clientId = 'switchboard-console'
export const scope = 'openid profile offline_access mluviiPublicApi'

const tokensKey = 'switchboard.console.tokens'
const pendingKey = 'switchboard.console.pending'
const signedOutKey = 'switchboard.console.signed-out'

export interface Tokens {
  accessToken: string
  refreshToken?: string
  idToken?: string
  expiresAt: number // milliseconds
  /** What this sign-in is called among the tabs of the browser. */
  signIn: string
}

const lockName = (signIn: string) => `switchboard.console.${signIn}`

interface Pending {
  verifier: string
  state: string
  nonce: string
  returnTo: string
}

export type AuthStatus = 'starting' | 'signed-out' | 'signed-in'

/** A token is renewed a minute before its end, or at a tenth of a short life. */
export function renewAt(expiresAt: number, now: number): number {
  return expiresAt - Math.min(60_000, Math.max(0, expiresAt - now) / 10)
}

export interface AuthEnvironment {
  origin: string
  storage: Storage
  now(): number
  go(url: string): void
  fetch: typeof fetch
  /** Holds a name as long as the page lives; false: another page holds it. */
  hold(name: string): Promise<boolean>
}

export class Auth {
  private tokens: Tokens | undefined
  private server: Promise<OAuth.AuthorizationServer> | undefined
  private renewing: Promise<string> | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private listeners = new Set<() => void>()
  private starting: Promise<void> | undefined

  private readonly client: OAuth.Client = { client_id: clientId }

  constructor(private readonly env: AuthEnvironment) {
    const kept = this.read<Tokens>(tokensKey)
    if (kept) this.starting = this.start(kept)
  }

  /**
   * Goes on with the sign-in of before a reload. A duplicated tab brings a copy
   * of a sign-in that another tab uses: two would take each other's stream, and
   * a refresh token that comes twice ends the sign-in (RFC 9700 §4.14.2). So it
   * drops the copy, and signs in for itself.
   */
  private async start(kept: Tokens) {
    kept.signIn ??= crypto.randomUUID()
    if (await this.env.hold(lockName(kept.signIn))) {
      this.tokens = kept
      this.store(kept)
      this.schedule()
    } else this.env.storage.removeItem(tokensKey)
    this.starting = undefined
    this.announce()
  }

  get status(): AuthStatus {
    if (this.starting) return 'starting'
    return this.tokens ? 'signed-in' : 'signed-out'
  }

  /** True right after the person chose to sign out: the console then waits instead of signing in again. */
  get signedOutByChoice(): boolean {
    return this.env.storage.getItem(signedOutKey) !== null
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** A token that is good for at least a few seconds. */
  token = async (): Promise<string> => {
    await this.starting
    if (!this.tokens) throw new Error('not signed in')
    if (this.env.now() < this.tokens.expiresAt - 10_000) return this.tokens.accessToken
    return this.renew()
  }

  /** Exchanges the refresh token; calls made at the same time share one exchange. */
  renew = (): Promise<string> => {
    this.renewing ??= this.exchange().finally(() => {
      this.renewing = undefined
    })
    return this.renewing
  }

  /** The session is over on the server's side: forget it and ask to sign in again. */
  lost = (): void => {
    this.forget()
  }

  async signIn(returnTo: string): Promise<void> {
    const [oauth, server] = await Promise.all([library(), this.discover()])
    const pending: Pending = {
      verifier: oauth.generateRandomCodeVerifier(),
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      returnTo,
    }
    this.env.storage.setItem(pendingKey, JSON.stringify(pending))
    this.env.storage.removeItem(signedOutKey)
    const url = new URL(server.authorization_endpoint!)
    url.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: this.redirectUri,
      response_type: 'code',
      scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    }).toString()
    this.env.go(url.toString())
  }

  /** Finishes the flow at /console/callback; answers where the person wanted to go. */
  async finish(location: URL): Promise<string> {
    await this.starting
    const pending = this.read<Pending>(pendingKey)
    this.env.storage.removeItem(pendingKey)
    if (!pending) throw new Error('no sign-in was under way in this tab')
    const [oauth, server] = await Promise.all([library(), this.discover()])
    const parameters = oauth.validateAuthResponse(server, this.client, location, pending.state)
    const response = await oauth.authorizationCodeGrantRequest(
      server, this.client, oauth.None(), parameters, this.redirectUri, pending.verifier, this.http(oauth))
    const result = await oauth.processAuthorizationCodeResponse(server, this.signingClient(server), response, {
      expectedNonce: pending.nonce,
    })
    this.keep(result)
    return pending.returnTo
  }

  /** Forgets the tokens and ends the session at the provider. */
  async signOut(): Promise<void> {
    const hint = this.tokens?.idToken
    this.env.storage.setItem(signedOutKey, '1')
    this.forget()
    const server = await this.discover().catch(() => undefined)
    const back = `${this.env.origin}/console/`
    if (!server?.end_session_endpoint) return this.env.go(back)
    const url = new URL(server.end_session_endpoint)
    if (hint) url.searchParams.set('id_token_hint', hint)
    url.searchParams.set('client_id', clientId)
    url.searchParams.set('post_logout_redirect_uri', back)
    this.env.go(url.toString())
  }

  private get redirectUri() {
    return `${this.env.origin}/console/callback`
  }

  // Plain http is for loopback and development; the server decides where it listens.
  private http(oauth: typeof OAuth) {
    return { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: this.env.fetch } as const
  }

  /** The library wants to know which algorithm signs id tokens; the provider publishes it. */
  private signingClient(server: OAuth.AuthorizationServer): OAuth.Client {
    const algorithms = server.id_token_signing_alg_values_supported ?? []
    return algorithms.includes('ES256') ? { ...this.client, id_token_signed_response_alg: 'ES256' } : this.client
  }

  private discover(): Promise<OAuth.AuthorizationServer> {
    this.server ??= this.fetchMetadata().catch((error: unknown) => {
      this.server = undefined
      throw error
    })
    return this.server
  }

  private async fetchMetadata(): Promise<OAuth.AuthorizationServer> {
    const oauth = await library()
    const issuer = new URL(`${this.env.origin}/login`)
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...this.http(oauth) })
    return oauth.processDiscoveryResponse(issuer, response)
  }

  private async exchange(): Promise<string> {
    const refresh = this.tokens?.refreshToken
    if (!refresh) {
      this.forget()
      throw new Error('the session has ended')
    }
    const oauth = await library()
    try {
      const server = await this.discover()
      const response = await oauth.refreshTokenGrantRequest(server, this.client, oauth.None(), refresh, this.http(oauth))
      const result = await oauth.processRefreshTokenResponse(server, this.signingClient(server), response)
      this.keep(result)
      return result.access_token
    } catch (error) {
      // The provider's refusal is final; an unreachable server is not.
      if (error instanceof oauth.ResponseBodyError) this.forget()
      throw error
    }
  }

  private keep(result: OAuth.TokenEndpointResponse) {
    const tokens: Tokens = {
      accessToken: result.access_token,
      expiresAt: this.env.now() + (result.expires_in ?? 3600) * 1000,
      signIn: this.tokens?.signIn ?? crypto.randomUUID(),
    }
    if (!this.tokens) void this.env.hold(lockName(tokens.signIn))
    const refresh = result.refresh_token ?? this.tokens?.refreshToken
    const id = result.id_token ?? this.tokens?.idToken
    if (refresh) tokens.refreshToken = refresh
    if (id) tokens.idToken = id
    this.tokens = tokens
    this.store(tokens)
    this.schedule()
    this.announce()
  }

  private store(tokens: Tokens) {
    this.env.storage.setItem(tokensKey, JSON.stringify(tokens))
  }

  private schedule() {
    clearTimeout(this.timer)
    if (!this.tokens?.refreshToken) return
    const wait = renewAt(this.tokens.expiresAt, this.env.now()) - this.env.now()
    this.timer = setTimeout(() => void this.renew().catch(() => undefined), Math.max(1000, wait))
  }

  private forget() {
    clearTimeout(this.timer)
    this.tokens = undefined
    this.env.storage.removeItem(tokensKey)
    this.announce()
  }

  private announce() {
    for (const listener of this.listeners) listener()
  }

  private read<T>(key: string): T | undefined {
    try {
      return JSON.parse(this.env.storage.getItem(key) ?? 'null') ?? undefined
    } catch {
      return undefined
    }
  }
}
