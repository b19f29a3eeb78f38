/** What an app's own backend does to vouch for its users: plain Node.js, nothing to install. */
export function identitySnippet(): string {
  return `import { createHmac } from 'node:crypto'

// On your app's backend, for the user who is signed in to your app.
export function identityToken(userIdentifier) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const body = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part({ sub: userIdentifier, iat: now, exp: now + 300 })
  const signature = createHmac('sha256', process.env.SWITCHBOARD_IDENTITY_KEY).update(body).digest('base64url')
  return body + '.' + signature
}
`
}

/** How the page of the app uses it. */
export function identityUse(origin: string, licence: string): string {
  return `import { initializeSDK, register } from '@switchboard/sdk'

await initializeSDK({
  apiBaseUrl: '${origin}/api/v1',
  licenseKey: '${licence}',
  identityToken: () => fetch('/identity-token').then((answer) => answer.text()),
})
await register('the-user-identifier')
`
}
