// The API portal: Swagger UI on our own documents, signed in by the browser's
// session (same-origin cookies) or by Authorize.
const dialects = [
  { id: 'public', name: 'Contact centre', url: '/api/openapi/public.json' },
  { id: 'platform', name: 'In-app chat', url: '/api/openapi/platform.json' },
  { id: 'all', name: 'Everything', url: '/api/openapi.json' },
];

const nav = document.querySelector('.dialects');
const who = document.querySelector('.who');

function chosen() {
  const wanted = new URLSearchParams(location.search).get('api');
  return dialects.find((d) => d.id === wanted) ?? dialects[0];
}

function drawNav() {
  nav.replaceChildren(
    ...dialects.map((d) => {
      const link = document.createElement('a');
      link.href = `?api=${d.id}`;
      link.textContent = d.name;
      if (d === chosen()) link.setAttribute('aria-current', 'page');
      link.addEventListener('click', (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, '', link.href);
        show();
      });
      return link;
    }),
  );
}

/** A dialect may be served in the common document only. */
async function documentOf(dialect) {
  const answer = await fetch(dialect.url, { headers: { Accept: 'application/json' } });
  return answer.ok ? dialect.url : '/api/openapi.json';
}

async function show() {
  drawNav();
  const url = await documentOf(chosen()).catch(() => chosen().url);
  const ui = window.SwaggerUIBundle({
    url,
    dom_id: '#api',
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
    withCredentials: true,
    validatorUrl: null,
    oauth2RedirectUrl: `${location.origin}/api/oauth2-redirect.html`,
    requestInterceptor(request) {
      // What the server asks of a browser session that changes something.
      request.headers['X-Requested-With'] = 'portal';
      // A key is not proved by a cookie; without cookies the browser also leaves it to us to say that a secret is wrong.
      request.credentials = new URL(request.url, location.href).pathname.startsWith('/login/connect/') ? 'omit' : 'same-origin';
      return request;
    },
  });
  ui.initOAuth({
    clientId: 'switchboard-portal',
    usePkceWithAuthorizationCodeGrant: true,
    scopes: 'openid profile',
    appName: 'API portal',
  });
}

/** Says whether "Execute" will go out signed in. */
async function session() {
  const link = (href, text) => {
    const a = document.createElement('a');
    a.href = href;
    a.textContent = text;
    return a;
  };
  try {
    const answer = await fetch('/public/api/v1/Users/me', { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    if (!answer.ok) throw new Error(String(answer.status));
    const me = await answer.json();
    who.replaceChildren('Signed in as ', Object.assign(document.createElement('b'), { textContent: me.username }));
  } catch {
    who.replaceChildren('Not signed in. ', link(`/login/Account/Login?ReturnUrl=%2Fapi`, 'Sign in'), ' or use Authorize.');
  }
}

addEventListener('popstate', show);
void show();
void session();
