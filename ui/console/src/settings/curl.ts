import { apiBase } from '../api/client'

export function tokenCurl(origin: string, id: string, secret: string): string {
  return [
    `curl -s ${origin}/login/connect/token \\`,
    `  -d response_type=token \\`,
    `  -d grant_type=client_credentials \\`,
    `  -d client_id=${id} \\`,
    `  -d client_secret=${secret}`,
  ].join('\n')
}

/** The scope that the example call needs decides which call is shown. */
export function callCurl(origin: string, scopes: readonly string[]): string {
  const path = scopes.includes('sessions.read') ? 'Sessions?limit=10' : scopes.includes('users.read') ? 'Users' : 'Companies'
  return `curl -s '${origin}${apiBase}/${path}' \\\n  -H "Authorization: Bearer $TOKEN"`
}
