/** The session of the first administrator, as headers. */
export async function loggedIn(url, password) {
  const answer = await fetch(`${url}/admin/login`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'admin', password }),
  });
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  const csrf = cookies.find((cookie) => cookie.startsWith('csrf_access_token='))?.split('=')[1];
  if (csrf === undefined) throw new Error(`the administrator cannot log in: ${await answer.text()}`);
  const headers = { Cookie: cookies.join('; '), 'X-CSRF-TOKEN': csrf };
  const post = async (path, form) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    });
    const text = await response.text();
    if (!/"status": true/.test(text)) throw new Error(`${path} failed: ${text}`);
  };
  return {
    post,
    /** Whole lines. */
    lines: Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join(''),
  };
}
