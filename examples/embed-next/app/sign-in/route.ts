// Your own sign-in goes here. Where it leads afterwards is checked: only to the patient pages, or home.

const FORM = '<form method="post"><label>Name <input name="name"></label> <button>Sign in</button></form>';

export function GET(): Response {
  return new Response(FORM, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}

export async function POST(request: Request): Promise<Response> {
  const name = encodeURIComponent(String((await request.formData()).get('name')));
  const then = new URL(request.url).searchParams.get('then') ?? '';
  const location = then.startsWith('/pkb') ? then : '/';
  const cookie = `account=${name}; Path=/; HttpOnly; SameSite=Lax`;
  return new Response(null, { status: 303, headers: { location, 'set-cookie': cookie } });
}
